// Preloaded by `node --require`: Node's own SQLite, and the packages that WITHOUT_SQLITE names (separated by commas), can't be loaded.
const Module = require('node:module');
const { getBuiltinModule } = process;
const missing = (process.env.WITHOUT_SQLITE ?? '').split(',');
const resolve = Module._resolveFilename;

process.getBuiltinModule = (name) => (name === 'node:sqlite' ? undefined : getBuiltinModule(name));
Module._resolveFilename = function (request, ...rest) {
  if (missing.includes(request)) throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
  return resolve.call(this, request, ...rest);
};
