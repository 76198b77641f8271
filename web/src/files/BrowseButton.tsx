import { ActionIcon } from "@mantine/core";
import { IconFolderOpen } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";

const FolderDialog = lazy(() => import("./FolderDialog"));

interface BrowseButtonProps {
  label: string;
  /** The path the setting has now: where to begin. */
  value: string;
  isDisabled: boolean;
  onChoose(path: string): void;
}

/** Opens the list of files on the server's machine, for a setting that is a path. */
export function BrowseButton({ label, value, isDisabled, onChoose }: BrowseButtonProps) {
  const [isOpen, open] = useState(false);
  return (
    <>
      <ActionIcon
        size="sm"
        aria-label={label}
        aria-haspopup="dialog"
        title={label}
        disabled={isDisabled}
        onClick={() => open(true)}
      >
        <IconFolderOpen size={14} aria-hidden />
      </ActionIcon>
      {isOpen && (
        <Suspense>
          <FolderDialog
            value={value}
            onClose={() => open(false)}
            onChoose={(path) => {
              open(false);
              onChoose(path);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
