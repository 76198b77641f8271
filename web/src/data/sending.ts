/** From what somebody chose or dropped to uploads. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/queries";
import { tell } from "@/ui/notices";
import { datasetsQuery, nameOfFile, resumable } from "./datasets";
import { droppedFiles, isData, NotSendable, packedFolder } from "./droppedFiles";
import { isUnderWay, onUploadEnd, startUpload, useUploads } from "./uploads";

/** Ways to send, how far the packing of a folder is, and why something could not be sent. */
export interface Sending {
  sendFiles(files: readonly File[]): void;
  sendFolder(files: readonly File[]): void;
  sendDrop(transfer: DataTransfer): void;
  /** Files packed so far, while a folder is made into a zip. */
  packed: number | null;
  problem: unknown;
  forgetProblem(): void;
}

export function useSending(): Sending {
  const { t } = useTranslation("data");
  const client = useQueryClient();
  const [packed, setPacked] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(
    () => onUploadEnd(() => void client.invalidateQueries({ queryKey: keys.datasets })),
    [client],
  );
  const send = useCallback(
    async (find: () => Promise<readonly File[]>) => {
      setProblem(null);
      try {
        const files = await find();
        const known = (await client.fetchQuery({ ...datasetsQuery, staleTime: 0 })).datasets;
        for (const file of files) {
          const begun = resumable(file, known);
          if (begun !== undefined && !isOnItsWay(begun.id)) {
            tell(t("upload.goesOn", { name: begun.name }));
            startUpload(file, begun.name, begun);
          } else {
            startUpload(file, nameOfFile(file.name));
          }
        }
      } catch (failure) {
        setProblem(
          failure instanceof NotSendable
            ? new Error(t(`drop.${failure.problem}`, { name: failure.fileName }))
            : failure,
        );
      } finally {
        setPacked(null);
      }
    },
    [client, t],
  );
  return {
    sendFiles: (files) => void send(async () => files.map(checked)),
    sendFolder: (files) => void send(async () => [await packedFolder(files, setPacked)]),
    sendDrop: (transfer) => {
      const files = droppedFiles(transfer, setPacked); // at once: the drop is gone after this
      void send(() => files);
    },
    packed,
    problem,
    forgetProblem: () => setProblem(null),
  };
}

function checked(file: File): File {
  if (!isData(file.name)) {
    throw new NotSendable("notData", file.name);
  }
  return file;
}

const isOnItsWay = (dataset: string): boolean =>
  useUploads.getState().uploads.some((each) => each.dataset === dataset && isUnderWay(each.state));
