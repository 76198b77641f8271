import { useTranslation } from "react-i18next";
import { formatBytes, formatNumber } from "@/ui/formatting";
import classes from "./DevicesPanel.module.css";
import type { Devices } from "./queueQueries";

const MIB = 1 << 20;

/** Processors, memory and GPUs: how much of each is taken, as bars. */
export function DevicesPanel({ devices }: { devices: Devices }) {
  const { t } = useTranslation("queue");
  const size = (mb: number) => formatBytes(mb * MIB);
  const taken = Math.max(0, devices.cpus_usable - devices.cpus_free);
  return (
    <section className={classes.devices} aria-label={t("devices")}>
      <DeviceBar
        name={t("cpus")}
        share={taken / devices.cpus_usable}
        text={t("ofCores", {
          taken: formatNumber(taken),
          all: formatNumber(devices.cpus_usable),
        })}
      />
      <DeviceBar
        name={t("memory")}
        share={devices.memory_used_mb / devices.memory_mb}
        text={t("used", { used: size(devices.memory_used_mb), all: size(devices.memory_mb) })}
      />
      {devices.gpus.map((gpu) => (
        <DeviceBar
          key={gpu.index}
          name={t("gpu", { index: gpu.index, name: gpu.name })}
          share={gpu.reserved_mb / gpu.memory_mb}
          text={
            gpu.is_usable
              ? t("reserved", { reserved: size(gpu.reserved_mb), all: size(gpu.memory_mb) })
              : t("notUsable")
          }
        />
      ))}
      {devices.gpus.length === 0 && <p className={classes.none}>{t("noGpu")}</p>}
    </section>
  );
}

function DeviceBar({ name, share, text }: { name: string; share: number; text: string }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, share || 0)));
  return (
    <div className={classes.device}>
      <div className={classes.names}>
        <span className={classes.name} title={name}>
          {name}
        </span>
        <span className={classes.amount}>{text}</span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> in colours of their own */}
      <div
        className={classes.bar}
        role="meter"
        aria-label={name}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={text}
      >
        <div className={classes.taken} style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
