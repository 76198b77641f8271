import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { keys } from "@/api/queries";
import { droppedFile } from "@/canvas/droppedFile";
import { tellProblem } from "@/ui/notices";
import {
  createNamed,
  createPipeline,
  importText,
  type Pipeline,
  pipelinesQuery,
  type Template,
  textOfRun,
} from "./pipelines";

const EMPTY = "netloom: 1\nname: untitled\nnodes: {}\n";

/** The pipeline in a file: of its own, or in the capsule of a run. */
async function textIn(file: File): Promise<string> {
  const dropped = await droppedFile(file);
  return "text" in dropped ? dropped.text : file.text();
}

/** Ways to a new pipeline. Each opens its canvas when it is there. */
export function useNewPipeline() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const making = useMutation({
    mutationFn: (make: () => Promise<Pipeline>) => make(),
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: keys.pipelines });
      navigate(`/pipelines/${id}`);
    },
    onError: tellProblem,
  });
  const taken = () => client.fetchQuery(pipelinesQuery);
  return {
    isMaking: making.isPending,
    startEmpty: () => making.mutate(async () => createNamed(EMPTY, "untitled", await taken())),
    startFrom: (template: Template) =>
      making.mutate(async () =>
        createNamed(template.text, /^name: *(.+)$/m.exec(template.text)?.[1] ?? "", await taken()),
      ),
    openFile: (file: File) => making.mutate(async () => importText(await textIn(file))),
    openRun: (run: string) => making.mutate(async () => createPipeline(await textOfRun(run))),
  };
}
