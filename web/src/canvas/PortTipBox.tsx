import { useTranslation } from "react-i18next";
import { PortMark } from "./PortMark";
import classes from "./Surface.module.css";
import { useCanvasView } from "./view";

/** Name, type and meaning of the port the pointer is over. */
export function PortTipBox() {
  const { t } = useTranslation("canvas");
  const tip = useCanvasView((view) => view.tip);
  if (tip === null) {
    return null;
  }
  const isInput = tip.side === "input";
  const place = isInput
    ? { right: window.innerWidth - tip.screen.x + 8 }
    : { left: tip.screen.x + 8 };
  return (
    <div
      className={classes.tip}
      role="tooltip"
      style={{ top: tip.screen.y, transform: "translateY(-50%)", ...place }}
    >
      <div className={classes.tipHead}>
        <PortMark type={tip.type} isMany={tip.isMany} />
        {tip.name}
        <code>{tip.type}</code>
      </div>
      {tip.help && <p>{tip.help}</p>}
      {isInput && <p>{t(tip.isRequired ? "port.required" : "port.optional")}</p>}
      {tip.isMany && <p>{t("port.many")}</p>}
      {tip.problem && <p className={classes.problem}>{tip.problem}</p>}
    </div>
  );
}
