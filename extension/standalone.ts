/** The server as it comes with the extension, for projects that have no pipec of their own installed. */
import { startServer } from './server/main.ts';

startServer(process.stdin, process.stdout, process.env);
