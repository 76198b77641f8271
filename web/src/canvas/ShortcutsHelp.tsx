import { Kbd } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./ShortcutsHelp.module.css";
import { keyCaps, onMac, SHORTCUTS, type Shortcut } from "./shortcuts";

const SECTIONS = ["edit", "run", "view", "move"] as const;

/** All keys of the canvas, by what they are for. */
export function ShortcutsHelp() {
  const { t } = useTranslation("canvas");
  return (
    <div className={classes.sections}>
      {SECTIONS.map((section) => (
        <section key={section}>
          <h3>{t(`shortcuts.${section}`)}</h3>
          <dl>
            {SHORTCUTS.filter((shortcut) => shortcut.section === section).map((shortcut) => (
              <Row key={shortcut.command} shortcut={shortcut} />
            ))}
          </dl>
        </section>
      ))}
      <section>
        <h3>{t("shortcuts.mouse")}</h3>
        <ul>
          {(["pan", "zoom", "box", "search", "reconnect"] as const).map((gesture) => (
            <li key={gesture}>{t(`mouse.${gesture}`)}</li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Row({ shortcut }: { shortcut: Shortcut }) {
  const { t } = useTranslation("canvas");
  const isMac = onMac();
  return (
    <div className={classes.row}>
      <dt>{t(`command.${shortcut.command}`)}</dt>
      <dd>
        {shortcut.keys.map((stroke) => {
          const caps = keyCaps(stroke, isMac);
          return (
            <span key={caps.join()} className={classes.keys}>
              {caps.map((cap) => (
                <Kbd key={cap} size="xs">
                  {cap}
                </Kbd>
              ))}
            </span>
          );
        })}
      </dd>
    </div>
  );
}
