/**
 * Statements of the embedded engine wait on the thread pool of Node, four threads by default: four long tasks would keep
 * every question waiting. Read once by Node, at the pool's first use, so this module is imported before any other work.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';

export {};
