/** "Did you mean": one measure of nearness for the whole compiler. */
export { nearest as closest } from '../syntax/nearest.ts';
