/**
 * The steps of a run on an engine that keeps its rows itself, PostgreSQL or ClickHouse: written once, over what such an
 * engine can do. Write, audit, publish: a build is a table that nobody reads until the public view moves to it.
 *
 * A source's rows are judged by the embedded engine and moved in, and so is what a function of the project computes;
 * everything else is computed where its inputs are.
 */
import type { EngineSession } from '../../engine.ts';
import type { Connection } from '../duckdb/connect.ts';
import { type InEnvironment, performed, standing } from '../environment.ts';
import { unchanged } from '../unchanged.ts';
import { performBuild, performView } from './build.ts';
import { performFunction } from './function.ts';
import { performLoad, performReplay } from './load.ts';
import { expectColumns, type Warehouse, type WarehouseEngine } from './warehouse.ts';

/** A session of a run over one connection. */
export function warehouseSession(warehouse: Warehouse, engine: WarehouseEngine): EngineSession {
  let embedded: Connection | null = null;
  const moving = async (): Promise<Connection> => {
    embedded ??= await engine.mover.connect();
    return embedded;
  };
  const environment: InEnvironment = { versions: engine.versions, share: warehouse.share, tell: warehouse.tell };
  return {
    perform: (step, context) =>
      performed(step, context, environment, async () => {
        switch (step.kind) {
          case 'load':
            return context.replay === true
              ? await performReplay(warehouse, await moving(), step, context, engine)
              : await performLoad(warehouse, await moving(), step, context, engine);
          case 'build':
            return await performBuild(warehouse, step, context, engine.versions);
          case 'view':
            return await performView(warehouse, step, context, engine.versions);
          case 'function':
            return await performFunction(warehouse, await moving(), step, context, engine);
        }
      }),
    unchanged: (step, context) =>
      standing(step, environment, () =>
        unchanged(step, context, {
          ...engine,
          typeOf: warehouse.typeOf,
          embedded: moving,
          expectColumns: (into, columns) => expectColumns(warehouse, into, columns),
        }),
      ),
    async change(change, by, warned) {
      switch (change.kind) {
        case 'remove':
          return await warehouse.remove(change.removed, by, change.held);
        case 'place':
          return await warehouse.place(change.move, by, warned);
        case 'forget':
          return await warehouse.forget(change.removed);
        case 'leave':
          return await warehouse.leave(change.schema);
      }
    },
    note: warehouse.note,
    interrupt() {
      embedded?.interrupt();
      warehouse.interrupt();
    },
    progress: () => null,
    close() {
      embedded?.close();
      warehouse.close();
    },
  };
}
