/**
 * Keeps the server's draft the same as what is shown, without ever making anybody wait.
 *
 * What is wanted is a moment: a text and steps. What the server has is `acknowledged`. One request at a time takes
 * the server nearer: the text if it is another one, else the steps on top of it. Whatever happens meanwhile (typing,
 * undo, more steps) only changes what is wanted.
 */
import { Refusal, type Schemas } from "@/api/client";
import { meeting } from "./merging";
import { afterThoseThatApply, batchOf, type Moment, momentOf, type Step } from "./moment";
import { isAboutEdits, isPassing } from "./refusals";
import { Retry } from "./retry";
import type { EditorServer, Sketch } from "./server";
import type { Conflict, Pipeline, Reason, Saving } from "./types";
import type { Unsent } from "./unsent";
import { Waiting } from "./waiting";

/** The server takes a thousand edits at once. */
const MOST_EDITS = 1_000;
const TYPING_MS = 400;

export interface DraftOptions {
  server: EditorServer;
  pipeline: Pipeline;
  /** What the server has, and what is wanted: more, if something was left unsent. */
  acknowledged: Moment;
  wanted: Moment;
  /** Of `acknowledged`; older than the pipeline's if somebody changed it since. */
  revision: number;
  onChange(): void;
  onRefusedStep(step: Step): void;
  tell(reason: Reason, problem?: unknown): void;
}

export class Draft {
  /** What is shown. */
  moment: Moment;
  pipeline: Pipeline;
  saving: Saving = "saved";
  problem: unknown = null;
  conflict: Conflict | null = null;

  private acknowledged: Moment;
  private revision: number;
  private theirs: Moment | null = null;
  private isSending = false;
  private isClosed = false;
  private sendsSingly = false;
  private typing: ReturnType<typeof setTimeout> | undefined;
  private readonly retry = new Retry(() => this.pump());
  private readonly waiting = new Waiting();

  constructor(private readonly options: DraftOptions) {
    this.moment = options.wanted;
    this.acknowledged = options.acknowledged;
    this.pipeline = options.pipeline;
    this.revision = options.revision;
  }

  /** Everything that is wanted is on the server. */
  get isSettled(): boolean {
    return this.moment.steps.length === 0 && this.moment.text === this.acknowledged.text;
  }

  /** What a closed tab would lose. */
  get unsent(): Unsent | null {
    const { text, steps } = this.moment;
    const { revision, acknowledged } = this;
    return this.isSettled ? null : { revision, baseText: acknowledged.text, text, steps };
  }

  /** Another moment is wanted. */
  want(moment: Moment): void {
    clearTimeout(this.typing);
    this.typing = undefined;
    this.change(moment);
    this.pump();
  }

  /** The text is being typed: wait for a pause before it is sent and checked. */
  type(text: string): void {
    this.change({ ...this.moment, text });
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = undefined;
      this.pump();
    }, TYPING_MS);
  }

  private change(moment: Moment): void {
    this.moment = moment;
    this.problem = this.saving === "refused" ? null : this.problem;
    this.saving = this.conflict || this.saving === "offline" ? this.saving : "saving";
    this.options.onChange();
  }

  /** Resolves when everything is on the server, rejects when it cannot be for now. */
  saved(): Promise<void> {
    clearTimeout(this.typing);
    this.typing = undefined;
    if (this.isSettled) {
      return Promise.resolve();
    }
    if (this.conflict !== null) {
      return Promise.reject(this.problem);
    }
    const done = this.waiting.wait();
    this.pump();
    return done;
  }

  /** Send what is wanted, if anything; also when the connection is back. */
  pump(): void {
    if (!this.isSending && !this.isClosed && this.conflict === null) {
      this.retry.stop();
      void this.send();
    }
  }

  /** Send what is wanted once more, then stop; what cannot be sent stays unsent. */
  close(): void {
    clearTimeout(this.typing);
    this.typing = undefined;
    this.pump();
    this.retry.stop();
    this.isClosed = true;
  }

  private async send(): Promise<void> {
    this.isSending = true;
    try {
      while (this.conflict === null && !this.isSettled && !this.isTyping) {
        await this.sendNext();
        this.retry.reset();
      }
      if (this.isSettled) {
        this.settle();
      }
    } catch (problem) {
      this.stop(problem);
    } finally {
      this.isSending = false;
    }
  }

  private get batch(): readonly Step[] {
    return batchOf(this.moment.steps, this.sendsSingly ? 1 : MOST_EDITS);
  }

  private get isTyping(): boolean {
    return this.typing !== undefined && this.moment.text !== this.acknowledged.text;
  }

  private async sendNext(): Promise<void> {
    const sent = this.moment.text === this.acknowledged.text ? this.batch : [];
    const { text } = this.moment;
    try {
      if (sent.length === 0) {
        const { server } = this.options;
        const answers = [server.saveText(text, this.revision), server.check(text)] as const;
        this.acknowledge(...(await Promise.all(answers)), text, sent);
      } else {
        const answer = await this.options.server.sendEdits(sent.flat(), this.revision);
        this.sendsSingly = false;
        this.acknowledge(answer.pipeline, answer.sketch, text, sent);
      }
    } catch (problem) {
      if (problem instanceof Refusal && problem.status === 412) {
        await this.meetTheirs(text, sent);
      } else if (sent.length > 0 && isAboutEdits(problem)) {
        this.takeBack(sent, problem);
      } else {
        throw problem;
      }
    }
  }

  /** The server has `sent` on top of `text` now. */
  private acknowledge(
    pipeline: Pipeline,
    sketch: Sketch,
    text: string,
    sent: readonly Step[],
  ): void {
    this.pipeline = pipeline;
    this.revision = pipeline.revision;
    this.acknowledged = momentOf(pipeline.text, sketch, this.moment);
    const { steps } = this.moment;
    if (this.moment.text === text && sent.every((step, index) => step === steps[index])) {
      this.follow(this.acknowledged, steps.slice(sent.length));
    }
    this.options.onChange();
  }

  private follow(base: Moment, steps: readonly Step[]): void {
    const { moment, dropped } = afterThoseThatApply(base, steps);
    this.moment = moment;
    for (const step of dropped) {
      this.options.onRefusedStep(step);
    }
  }

  /** The server refused a step: it is undone here too. Which one it was shows when they are sent one by one. */
  private takeBack(sent: readonly Step[], problem: unknown): void {
    const [refused] = sent;
    if (sent.length > 1 || refused === undefined) {
      this.sendsSingly = true;
      return;
    }
    this.follow(
      this.acknowledged,
      this.moment.steps.filter((step) => step !== refused),
    );
    this.problem = problem;
    this.options.onRefusedStep(refused);
    this.options.tell({ key: "saving.takenBack", values: {} }, problem);
    this.options.onChange();
  }

  /** Somebody else changed the draft, or an answer to us was lost. */
  private async meetTheirs(text: string, sent: readonly Step[]): Promise<void> {
    const { server, tell } = this.options;
    const pipeline = await server.load();
    const sketch = await server.check(pipeline.text);
    const theirs = momentOf(pipeline.text, sketch, this.acknowledged);
    const met = meeting(this.acknowledged, theirs, this.moment, { text, steps: sent });
    switch (met.kind) {
      case "arrived":
        this.acknowledge(pipeline, sketch, text, sent);
        break;
      case "merged":
        this.take(pipeline, theirs, met.moment);
        tell({ key: "saving.merged", values: { name: pipeline.changed_by } });
        break;
      case "conflict":
        this.theirs = theirs;
        this.conflict = { theirs: pipeline, nodes: met.nodes };
        throw new Refusal(412, pipeline.changed_by);
    }
  }

  private take(pipeline: Pipeline, theirs: Moment, wanted: Moment): void {
    this.pipeline = pipeline;
    this.revision = pipeline.revision;
    this.acknowledged = theirs;
    this.moment = wanted;
    this.options.onChange();
  }

  /** After a conflict: what is wanted from now on. */
  resolve(choice: "theirs" | "ours"): void {
    const { conflict, theirs } = this;
    if (conflict === null || theirs === null) {
      return;
    }
    this.conflict = null;
    this.theirs = null;
    this.problem = null;
    this.saving = "saving";
    this.take(conflict.theirs, theirs, choice === "theirs" ? theirs : this.moment);
    this.pump();
  }

  /** Show what others did meanwhile, if nothing of ours is on its way. Answers whether there was something. */
  async lookAgain(): Promise<boolean> {
    const { server } = this.options;
    const pipeline = this.isSettled && !this.isSending ? await server.load() : null;
    if (pipeline === null || pipeline.revision <= this.revision) {
      return false;
    }
    const theirs = momentOf(pipeline.text, await server.check(pipeline.text), this.moment);
    if (!this.isSettled || this.isSending) {
      return false;
    }
    this.take(pipeline, theirs, theirs);
    return true;
  }

  /** Read what the text means once more: the page speaks another language now. */
  async readAgain(): Promise<void> {
    const { text } = this.moment;
    const sketch = this.isSettled ? await this.options.server.check(text) : null;
    if (sketch !== null && this.isSettled && this.moment.text === text) {
      const read = momentOf(text, sketch, this.moment);
      this.take(this.pipeline, read, read);
    }
  }

  /** A version was kept, say: the draft is the same, but more is known of its pipeline. */
  describe(changed: Partial<Pick<Schemas["Pipeline"], "num_versions">>): void {
    this.pipeline = { ...this.pipeline, ...changed };
    this.options.onChange();
  }

  private settle(): void {
    const wasRefused = this.problem !== null && isAboutEdits(this.problem);
    this.saving = wasRefused ? "refused" : "saved";
    this.problem = wasRefused ? this.problem : null;
    this.waiting.end(this.problem);
    this.options.onChange();
  }

  private stop(problem: unknown): void {
    this.problem = problem;
    if (this.conflict !== null) {
      this.saving = "conflict";
    } else if (isPassing(problem)) {
      this.saving = "offline";
      if (!this.isClosed) {
        this.retry.later();
      }
    } else {
      this.saving = "refused";
    }
    this.waiting.end(problem);
    this.options.onChange();
  }
}
