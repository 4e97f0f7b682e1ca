/**
 * Tells the user what the set-up is doing: one line for each finished step with its time; on a terminal also a line that
 * moves while steps run.
 */

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const CLEAR_LINE = "\r\u001b[2K";

/**
 * @typedef {object} Progress
 * @property {(line: string) => void} note prints a line
 * @property {(name: string) => void} start a step begins
 * @property {(name: string, outcome?: "done" | "failed") => void} end a step has ended
 * @property {() => void} close clears the moving line
 */

/**
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Progress}
 */
export function createProgress(stream = process.stdout) {
  /** @type {Map<string, number>} Start times in milliseconds. */
  const running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let frame = 0;

  const seconds = (/** @type {string} */ name) => ((performance.now() - (running.get(name) ?? 0)) / 1000).toFixed(0);
  const clear = () => {
    if (stream.isTTY) stream.write(CLEAR_LINE);
  };
  const draw = () => {
    const names = [...running.keys()].map((name) => `${name} ${seconds(name)} s`);
    frame = (frame + 1) % FRAMES.length;
    stream.write(`${CLEAR_LINE}  ${FRAMES[frame]} ${names.join(" · ").slice(0, (stream.columns ?? 80) - 5)}`);
  };
  const animate = () => {
    if (!stream.isTTY) return;
    if (running.size > 0) timer ??= setInterval(draw, FRAME_MS);
    else {
      clearInterval(timer);
      timer = undefined;
    }
  };
  const note = (/** @type {string} */ line) => {
    clear();
    stream.write(`${line}\n`);
  };

  return {
    note,
    start: (name) => {
      running.set(name, performance.now());
      if (!stream.isTTY) note(`  … ${name}`);
      animate();
    },
    end: (name, outcome = "done") => {
      note(`  ${outcome === "done" ? "✓" : "✗"} ${name} (${seconds(name)} s)`);
      running.delete(name);
      animate();
    },
    close: () => {
      clearInterval(timer);
      timer = undefined;
      if (running.size > 0) clear();
    },
  };
}
