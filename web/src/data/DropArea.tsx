import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import classes from "./DropArea.module.css";

interface DropAreaProps {
  /** What happens when something is dropped, and what can be. */
  title: string;
  text: string;
  onDrop(transfer: DataTransfer): void;
  children: ReactNode;
}

/** A screen on which files can be dropped anywhere. */
export function DropArea({ title, text, onDrop, children }: DropAreaProps) {
  const [isOver, setOver] = useState(false);
  const depth = useRef(0); // of nested elements the pointer went into
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut for the upload button
    <div
      className={classes.area}
      onDragEnter={(event) => {
        if (hasFiles(event)) {
          depth.current += 1;
          setOver(true);
        }
      }}
      onDragLeave={() => {
        depth.current -= 1;
        if (depth.current <= 0) {
          leave();
        }
      }}
      onDragOver={(event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          event.dataTransfer.dropEffect = "copy";
        }
      }}
      onDrop={(event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          leave();
          onDrop(event.dataTransfer);
        }
      }}
    >
      {children}
      {isOver && (
        <div className={classes.veil}>
          <div className={classes.sign}>
            <IconUpload size={32} stroke={1.4} aria-hidden />
            <strong>{title}</strong>
            <span>{text}</span>
          </div>
        </div>
      )}
    </div>
  );
}
