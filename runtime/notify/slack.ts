/** Messages in the form of Slack's incoming webhooks, which others take as well. */
import { linesOf, type Message, titleOf } from './message.ts';

const SIGNS = { failure: ':x:', lateness: ':hourglass:', recovery: ':white_check_mark:' } as const;
/** Slack cuts what is longer. */
const MOST = 3500;

export function slackBody(message: Message): { readonly text: string } {
  const [first = '', ...rest] = linesOf(message).map(quoted);
  const details = rest.join('\n').trim();
  const head = `${SIGNS[message.about]} *${quoted(titleOf(message))}*\n${first}`;
  return { text: details === '' ? head : `${head}\n\`\`\`\n${cut(details, MOST - head.length)}\n\`\`\`` };
}

/** As it is, and nobody called by it: `<!channel>` would wake all, and a fence would end ours. */
function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('```', "'''");
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
