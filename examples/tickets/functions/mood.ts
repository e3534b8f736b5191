export type Mood = 'glad' | 'plain' | 'cross';

const GLAD = /\b(thanks?|great|love|perfect)\b/i;
const CROSS = /\b(angry|broken|late|never|refund)\b/i;

/** What a text sounds like; where it sounds like both, the worse. */
export function moodOf(text: string): Mood {
  if (CROSS.test(text)) return 'cross';
  return GLAD.test(text) ? 'glad' : 'plain';
}
