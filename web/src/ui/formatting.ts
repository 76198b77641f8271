/** Numbers, times and sizes as people read them, in the language of the page. */
import { currentLanguage } from "@/i18n";

const locale = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");

/** The format for the language of the page. Making one takes long, and tables need thousands of texts. */
function perLanguage<Format>(make: (locale: string) => Format): () => Format {
  const made = new Map<string, Format>();
  return () => {
    const key = locale();
    const format = made.get(key) ?? make(key);
    made.set(key, format);
    return format;
  };
}

const numbers = perLanguage((key) => new Intl.NumberFormat(key));
const compact = perLanguage(
  (key) => new Intl.NumberFormat(key, { notation: "compact", maximumSignificantDigits: 3 }),
);
const ages = perLanguage((key) => new Intl.RelativeTimeFormat(key, { numeric: "auto" }));
const times = perLanguage(
  (key) => new Intl.DateTimeFormat(key, { dateStyle: "medium", timeStyle: "medium" }),
);

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return numbers().format(count);
}

/** Where room is short: `1.2M`, in Chinese `120万`. */
export function formatCompact(value: number): string {
  return compact().format(value);
}

/** Five significant digits, without a tail of zeros: `0.98765`, `1.2e-7`. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return "–";
  }
  if (Number.isInteger(value)) {
    return numbers().format(value);
  }
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    return value.toExponential(2);
  }
  return String(Number(value.toPrecision(5)));
}

/** `0.987` → `98.7 %`. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** How probable something is: never `0.0 %` or `100.0 %` for what is only nearly so. */
export function formatScore(score: number): string {
  if (score > 0 && score < 0.0005) {
    return "< 0.1 %";
  }
  return score < 1 && score >= 0.9995 ? "> 99.9 %" : formatPercent(score);
}

/** `3.2 ms`, `48 ms`, `1.3 s`. */
export function formatMilliseconds(seconds: number): string {
  const ms = 1000 * seconds;
  if (ms >= 1000) {
    return `${seconds.toFixed(1)} s`;
  }
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Decimal units, as disks are sold: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) {
    return "–";
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    const rest = whole % 60;
    return rest === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${rest} s`;
  }
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0
    ? `${minutes / 60} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment (seconds since the epoch) as date and time. */
export function formatTime(epochS: number): string {
  return times().format(epochS * 1000);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `3 minutes ago`; times within the last minute are `now`. */
export function formatAge(epochS: number, nowMs: number = Date.now()): string {
  const passed = nowMs / 1000 - epochS;
  const format = ages();
  for (const [unit, size] of STEPS) {
    if (Math.abs(passed) >= size) {
      return format.format(-Math.trunc(passed / size), unit);
    }
  }
  return format.format(0, "second");
}
