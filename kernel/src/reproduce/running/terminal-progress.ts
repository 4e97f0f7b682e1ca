/** Progress as lines of text, with the time left. */
import type { Progress } from "./run-plan.js";
import type { Task } from "./plan.js";
import type { ResultFolder } from "./result-folder.js";

/** "1 min 20 s" */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * @param atOnce how many runs go side by side
 */
export function terminalProgress(folder: ResultFolder, print: (line: string) => void, atOnce = 1): Progress {
  const missing = folder.missing();
  const left = new Set(missing);
  const took = new Map<string, number[]>();
  const guess = ({ experiment: { id, seconds } }: Task): number => {
    const known = took.get(id);
    if (known === undefined) return folder.plan.quick ? seconds.quick : seconds.whole;
    return known.reduce((sum, one) => sum + one, 0) / known.length;
  };
  const timeLeft = () => [...left].reduce((sum, task) => sum + guess(task), 0) / atOnce;
  const place = () => `[${String(missing.length - left.size).padStart(String(missing.length).length)}/${missing.length}]`;
  return {
    note: print,
    started: ({ name }) => print(`${place()} ${name} runs; about ${durationText(timeLeft())} left`),
    ended: (task, seconds, failure) => {
      left.delete(task);
      took.set(task.experiment.id, [...(took.get(task.experiment.id) ?? []), seconds]);
      print(`${place()} ${task.name} ${failure === undefined ? "done" : "failed"} after ${durationText(seconds)}`);
    },
  };
}
