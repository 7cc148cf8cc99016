/** Says that the server is ready: one line that programs can wait for, and on a terminal what a person may try next. */
export function announceReady(
  url: string,
  output: {readonly isTTY?: boolean; write(text: string): unknown},
): void {
  output.write(`Sandglass is ready at ${url}\n`);
  if (!output.isTTY) return;
  output.write(`
Open ${url}/ in a browser for the playground, or try:
  curl -s '${url}/v1/runs?wait=true' -H 'Content-Type: application/json' -d '{"language": "python", "code": "print(6 * 7)"}'
  echo 'print(6 * 7)' | ./sandglass run - --lang python --server ${url}
The API is described at ${url}/docs. Ctrl-C stops the server.
`);
}
