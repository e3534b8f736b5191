/** How a process ends that is told to a second time. */

/**
 * Ends the process at once, as the signal does by itself: a shell says 130 of SIGINT. `process.exit` would wait for the
 * statement that an engine inside the process is running, which may be minutes.
 */
export function endBy(signal: NodeJS.Signals): void {
  // Whoever has changed the terminal puts it back.
  process.emit('exit', 0);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
