import type {Setting} from './settings.ts';

/**
 * Turns the text of a variable or flag into the type of its setting. Text that does not read as that type is returned
 * as it is, so that the schema refuses it in its own words.
 */
export function parseSetting({schema}: Setting, text: string): unknown {
  switch ('type' in schema ? schema.type : undefined) {
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return parseBoolean(text);
    case 'array':
      return text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
    default:
      return text;
  }
}

function parseBoolean(text: string): boolean | string {
  if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return true;
  if (['false', '0', 'no', 'off', ''].includes(text.toLowerCase())) return false;
  return text;
}
