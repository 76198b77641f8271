import { formatNumber } from "@/ui/formatting";
import { isMapping } from "./form/template";
import classes from "./Inspector.module.css";

/** A value of JSON to read: mappings and lists unfold. */
export function ValueTree({ value }: { value: unknown }) {
  if (!isMapping(value)) {
    return <span className={classes.value}>{leafText(value)}</span>;
  }
  return (
    <dl className={classes.tree}>
      {Object.entries(value).map(([key, inner]) => (
        <Entry key={key} name={key} value={inner} />
      ))}
    </dl>
  );
}

function Entry({ name, value }: { name: string; value: unknown }) {
  const inner = innerOf(value);
  return inner === null ? (
    <div className={classes.leaf}>
      <dt>{name}</dt>
      <dd title={leafText(value)}>{leafText(value)}</dd>
    </div>
  ) : (
    <details>
      <summary>
        {name} <span className={classes.muted}>{Object.keys(inner).length}</span>
      </summary>
      <ValueTree value={inner} />
    </details>
  );
}

const SHORT_LIST = 8;

/** What unfolds: mappings, lists of mappings, long lists. */
function innerOf(value: unknown): Record<string, unknown> | null {
  if (isMapping(value)) {
    return value;
  }
  const unfolds =
    Array.isArray(value) &&
    (value.length > SHORT_LIST || value.some((item) => typeof item === "object" && item !== null));
  return unfolds ? Object.fromEntries(value.map((item, index) => [String(index), item])) : null;
}

function leafText(value: unknown): string {
  if (typeof value === "number") {
    return formatNumber(value);
  }
  if (Array.isArray(value)) {
    return value.map(leafText).join(", ");
  }
  return value === null || value === undefined ? "–" : String(value);
}
