import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { LogLine } from "./LogLine";
import { LogToolbar } from "./LogToolbar";
import classes from "./LogViewer.module.css";
import { type FollowedLog, useHit, useLog } from "./logFollowing";
import { firstProblem, type LogSearch, searched } from "./logLines";

interface LogViewerProps {
  runId: string;
  node: string;
  /** The node's attempt: a log that had ended is read again when it changes. */
  attempt?: number;
}

/** A node's log, as it is written. Fills the height it is given. */
export function LogViewer({ runId, node, attempt = 0 }: LogViewerProps) {
  return <FollowingViewer key={attempt} runId={runId} node={node} />;
}

function FollowingViewer({ runId, node }: Omit<LogViewerProps, "attempt">) {
  const followed = useLog(runId, node);
  return <LogView followed={followed} fileName={`${runId}-${node.replaceAll("/", "-")}.log`} />;
}

const LINE_HEIGHT = 20;
const NEAR_END_PX = 24;

interface LogViewProps {
  followed: FollowedLog;
  fileName: string;
}

/** A log that is there, whoever reads it. */
export function LogView({ followed, fileName }: LogViewProps) {
  const { log, revision, isComplete, problem } = followed;
  const { t } = useTranslation("runs");
  const scroller = useRef<HTMLDivElement>(null);
  const [isFollowing, follow] = useState(true);
  const [wraps, setWraps] = useState(false);
  const [text, setText] = useState("");
  const found = useLogSearch(followed, text);
  const { hit, step, reset } = useHit(found.places.length);
  const problemAt = useMemo(() => (revision === 0 ? -1 : firstProblem(log.lines)), [log, revision]);
  const virtual = useVirtualizer({
    count: log.lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights are other ones when lines wrap
  useEffect(() => virtual.measure(), [wraps]);
  useEffect(() => {
    if (isFollowing && revision > 0) {
      virtual.scrollToIndex(log.lines.length - 1, { align: "end" });
    }
  }, [isFollowing, revision, log, virtual]);
  const goTo = (place: number | undefined) => {
    if (place !== undefined && place >= 0) {
      follow(false);
      virtual.scrollToIndex(place, { align: "center" });
    }
  };
  const current = found.places[hit];
  return (
    <section className={classes.viewer} aria-label={t("log.label")}>
      <LogToolbar
        text={text}
        onText={(value) => {
          setText(value);
          reset();
        }}
        numHits={found.places.length}
        hit={hit}
        onHit={(by) => goTo(found.places[step(by)])}
        onFirstProblem={problemAt < 0 ? undefined : () => goTo(problemAt)}
        isFollowing={isFollowing}
        isComplete={isComplete}
        onFollow={follow}
        wraps={wraps}
        onWrap={setWraps}
        log={log}
        fileName={fileName}
      />
      {problem !== null && <ProblemNotice problem={problem} />}
      <div
        ref={scroller}
        className={classes.scroller}
        data-wraps={wraps || undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t("log.label")}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          follow(scrollHeight - scrollTop - clientHeight < NEAR_END_PX)
        }
      >
        {log.dropped > 0 && (
          <p className={classes.note}>{t("log.dropped", { count: log.dropped })}</p>
        )}
        {isComplete && log.lines.length === 0 && <p className={classes.note}>{t("log.empty")}</p>}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => (
            <div
              key={key}
              ref={wraps ? virtual.measureElement : undefined}
              data-index={index}
              className={classes.place}
              style={{ transform: `translateY(${start}px)` }}
            >
              <LogLine
                line={log.lines[index] ?? ""}
                number={log.dropped + index + 1}
                text={text}
                isHit={index === current}
              />
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}

/** Hits of a search in a log that grows: only what is new is looked at. */
function useLogSearch({ log, revision }: FollowedLog, text: string): LogSearch {
  const before = useRef<LogSearch | null>(null);
  return useMemo(() => {
    before.current =
      revision === 0 ? searched(log, text, null) : searched(log, text, before.current);
    return before.current;
  }, [log, revision, text]);
}
