/** What is shown where a view cannot be drawn: the reason, and the text of the output. */

/** Characters of the text kept: a page with more would freeze. */
const LONGEST_TEXT = 100_000;

/**
 * @param reason a sentence for people
 * @param text the output as text, where there is any
 */
export function noticeElements(reason: string, text: string | null): HTMLElement[] {
  const notice = document.createElement("div");
  notice.className = "mmaplab-notice";
  notice.setAttribute("role", "note");
  notice.textContent = reason;
  if (text === null) return [notice];
  const fallback = document.createElement("pre");
  fallback.className = "mmaplab-fallback";
  fallback.tabIndex = 0;
  fallback.textContent = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return [notice, fallback];
}
