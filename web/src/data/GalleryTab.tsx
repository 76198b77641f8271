import { SegmentedControl, Select, Switch, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPhotoOff, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { formatCount } from "@/ui/formatting";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { contentKind, type Findings, type SampleFilter } from "./datasets";
import { GalleryGrid } from "./GalleryGrid";
import classes from "./GalleryTab.module.css";
import { SamplePreview } from "./SamplePreview";
import { useSampleWindow } from "./sampleWindow";

interface GalleryTabProps {
  dataset: string;
  findings: Findings;
}

/** All pictures of a data set, to leaf through. */
export function GalleryTab({ dataset, findings }: GalleryTabProps) {
  const { t } = useTranslation("data");
  const context = contentKind(findings.videos);
  const [filter, changeFilter] = useFilter();
  const [tile, setTile] = useState(112);
  const [range, setRange] = useState({ first: 0, last: 0 });
  const [open, setOpen] = useState<number | null>(null);
  const around = open === null ? range : { first: open - 1, last: open + 1 };
  const samples = useSampleWindow(dataset, filter, around.first, around.last);
  const total = samples.total ?? 0;
  return (
    <div className={classes.gallery}>
      <div className={classes.filters}>
        <Filters findings={findings} filter={filter} onChange={changeFilter} />
        <span className={classes.count} role="status">
          {samples.total !== null &&
            t("images", { count: total, shown: formatCount(total), context })}
        </span>
        <SegmentedControl
          aria-label={t("gallery.size")}
          value={String(tile)}
          onChange={(value) => setTile(Number(value))}
          data={[72, 112, 176].map((size, at) => ({
            value: String(size),
            label: ["S", "M", "L"][at] ?? "",
          }))}
        />
      </div>
      {samples.problem !== null && <ProblemNotice problem={samples.problem} />}
      {samples.total === 0 ? (
        <EmptyState icon={IconPhotoOff} title={t("gallery.nothing", { context })}>
          {t("gallery.nothingText")}
        </EmptyState>
      ) : (
        <GalleryGrid
          key={JSON.stringify(filter)}
          dataset={dataset}
          samples={samples}
          total={total}
          tile={tile}
          onRange={setRange}
          onOpen={setOpen}
        />
      )}
      <SamplePreview
        dataset={dataset}
        findings={findings}
        sample={open === null ? undefined : samples.at(open)}
        index={open}
        total={total}
        onIndex={setOpen}
      />
    </div>
  );
}

/** The filter is part of the address: a link to a class stays one. */
function useFilter(): [SampleFilter, (changes: Partial<SampleFilter>) => void] {
  const [search, setSearch] = useSearchParams();
  const [text] = useDebouncedValue(search.get("text") ?? "", 250);
  const filter = {
    label: search.get("label"),
    part: search.get("part"),
    text,
    duplicates: search.get("duplicates") === "1",
  };
  const change = (changes: Partial<SampleFilter>) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === false || (name === "text" && value === "")) {
            next.delete(name);
          } else {
            next.set(name, value === true ? "1" : String(value));
          }
        }
        return next;
      },
      { replace: true },
    );
  return [filter, change];
}

interface FiltersProps {
  findings: Findings;
  filter: SampleFilter;
  onChange(changes: Partial<SampleFilter>): void;
}

/** Stands for "without" in choices: the empty text would mean "any" there. */
const WITHOUT = "\0";

function Filters({ findings, filter, onChange }: FiltersProps) {
  const { t } = useTranslation("data");
  const [search] = useSearchParams();
  const labels = findings.classes.map(({ name, num_images }) => ({
    value: name,
    label: `${name} (${formatCount(num_images)})`,
  }));
  if (findings.num_unlabelled > 0) {
    labels.unshift({ value: WITHOUT, label: t("gallery.unlabelled") });
  }
  const parts = Object.keys(findings.parts);
  const hasCopies = findings.duplicates.num_groups + findings.near_duplicates.num_groups > 0;
  return (
    <>
      <TextInput
        w={200}
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t("gallery.text")}
        aria-label={t("gallery.text")}
        defaultValue={search.get("text") ?? ""}
        onChange={(event) => onChange({ text: event.currentTarget.value })}
      />
      {labels.length > 1 && (
        <Select
          w={180}
          searchable
          clearable
          limit={200}
          placeholder={t("gallery.anyClass")}
          aria-label={t("gallery.class")}
          data={labels}
          value={filter.label === "" ? WITHOUT : filter.label}
          onChange={(label) => onChange({ label: label === WITHOUT ? "" : label })}
        />
      )}
      {parts.length > 0 && (
        <Select
          w={130}
          clearable
          placeholder={t("gallery.anyPart")}
          aria-label={t("gallery.part")}
          data={parts}
          value={filter.part}
          onChange={(part) => onChange({ part })}
        />
      )}
      {hasCopies && (
        <Switch
          label={t("gallery.duplicates")}
          checked={filter.duplicates}
          onChange={(event) => onChange({ duplicates: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
