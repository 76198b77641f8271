/** What a feature map says of itself in the preview of an artifact. */

export interface MappedFeature {
  readonly bucket: string;
  readonly normalisation?: string;
  readonly column: string;
  readonly column_type: string;
  readonly type: "number" | "number_list" | "slots" | "category" | "category_list" | "weighted";
  /** Of numbers: how many it becomes; null: as many as a list has. */
  readonly numbers?: number | null;
  readonly values?: number;
  readonly missing?: number;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly mean?: number | null;
  readonly deviation?: number | null;
  /** Of ids: how many there are, and the first of them. */
  readonly ids?: number;
  readonly offset?: number;
  readonly is_hashed?: boolean;
  readonly frequent?: readonly string[];
}

export interface EncodedColumn {
  readonly name: string;
  readonly type: string;
  readonly width: number | null;
}

export interface FeatureMapSummary {
  readonly checksum: string;
  readonly rows: number;
  readonly date: string;
  readonly keys: readonly string[];
  readonly labels: readonly string[];
  readonly encoded: readonly EncodedColumn[];
  readonly features: readonly MappedFeature[];
  readonly num_features?: number;
}

export interface MappedBucket {
  readonly name: string;
  readonly normalisation: string;
  readonly features: readonly MappedFeature[];
  /** Columns of the encoded table that it becomes. */
  readonly encoded: readonly EncodedColumn[];
}

/** The summary, if it is one: an older server may have kept another. */
export function featureMapOf(summary: Readonly<Record<string, unknown>>): FeatureMapSummary | null {
  const { checksum, features, encoded, rows } = summary;
  const isOne =
    typeof checksum === "string" &&
    typeof rows === "number" &&
    Array.isArray(features) &&
    Array.isArray(encoded);
  return isOne ? (summary as unknown as FeatureMapSummary) : null;
}

/** Features bucket by bucket, those alone whose column or bucket holds what was typed. */
export function bucketsOf(map: FeatureMapSummary, query: string): readonly MappedBucket[] {
  const wanted = query.trim().toLowerCase();
  const names = [...new Set(map.features.map(({ bucket }) => bucket))];
  return names
    .map((name) => {
      const all = map.features.filter(({ bucket }) => bucket === name);
      const isWhole = name.toLowerCase().includes(wanted);
      return {
        name,
        normalisation: all.find(({ normalisation }) => normalisation)?.normalisation ?? "",
        features: isWhole ? all : all.filter(({ column }) => column.toLowerCase().includes(wanted)),
        encoded: encodedOf(map, name, names),
      };
    })
    .filter(({ features }) => features.length > 0);
}

/** Encoded columns begin with the name of their bucket; of `a` and `a_b`, the longer name counts. */
function encodedOf(
  { encoded }: FeatureMapSummary,
  bucket: string,
  buckets: readonly string[],
): EncodedColumn[] {
  const ownerOf = (column: string) =>
    buckets
      .filter((name) => column.startsWith(`${name}_`))
      .sort((first, second) => second.length - first.length)[0];
  return encoded.filter(({ name }) => ownerOf(name) === bucket);
}

/** Share of values that were missing at fitting; null where that was not counted. */
export const missingShare = ({ values, missing }: MappedFeature): number | null =>
  values === undefined || missing === undefined || values === 0 ? null : missing / values;
