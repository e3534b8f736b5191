/** What commands and views work with. */
import type * as vscode from 'vscode';
import type { Views } from '../views/view.ts';
import type { Previews } from './previews.ts';
import type { Projects } from './projects.ts';
import type { RunRecord } from './record.ts';
import type { Server } from './server.ts';
import type { SqlView } from './sql.ts';
import type { Tests } from './tests.ts';

export interface App {
  readonly log: vscode.LogOutputChannel;
  readonly server: Server;
  readonly projects: Projects;
  readonly record: RunRecord;
  readonly tests: Tests;
  readonly previews: Previews;
  readonly sql: SqlView;
  readonly views: Views;
}
