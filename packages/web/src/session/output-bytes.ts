/** The bytes of an output message: text is UTF-8, base64 is what text could not hold. */
export function outputBytes({data, dataBase64}: {data?: string; dataBase64?: string}): Uint8Array {
  if (data !== undefined) return new TextEncoder().encode(data);
  return Uint8Array.from(atob(dataBase64 ?? ''), (character) => character.charCodeAt(0));
}

/** The same as text, with replacement characters for what is none. */
export function outputText(message: {data?: string; dataBase64?: string}): string {
  return message.data ?? new TextDecoder().decode(outputBytes(message));
}
