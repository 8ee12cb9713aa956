/** Secrets that are known by their form, wherever in a text they stand. */

export const redacted = "[redacted]";

const maxLength = 8192;

/** Whatever has none of these marks is left as it is: nearly every text, at the cost of one look. */
const marks = /eyJ|:\/\/|bearer |basic |not valid JSON/i;

/** Masks JWTs, the credentials of headers and URLs, and the input that a JSON error quotes; cuts what is longer than 8192 characters. */
export function scrub(text: string): string {
  const bounded = text.length > maxLength ? `${text.slice(0, maxLength)}… (${text.length - maxLength} more characters)` : text;
  if (!marks.test(bounded)) return bounded;
  return withoutQuotedInput(bounded)
    .replace(/\beyJ[\w-]{5,2000}\.[\w.-]*/g, redacted)
    .replace(/\b(bearer|basic) +[\w.~+/=-]{6,}/gi, `$1 ${redacted}`)
    .replace(/\b([a-z][a-z\d+.-]{0,20}:\/\/[^\s/:@]{0,200}):[^\s/@]+@/gi, `$1:${redacted}@`);
}

/** V8 says `Unexpected token 'h', "hunter2" is not valid JSON`: the quoted part is a client's. */
function withoutQuotedInput(text: string): string {
  const end = text.lastIndexOf(" is not valid JSON");
  const start = text.indexOf(', "');
  const dotted = text.indexOf(', ..."');
  const from = Math.min(start < 0 ? end : start, dotted < 0 ? end : dotted);
  return from < 0 || from >= end ? text : `${text.slice(0, from)}, the input${text.slice(end)}`;
}
