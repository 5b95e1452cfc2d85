// Preloaded into each server: reports the port to the parent process once it listens.
import { Server } from 'node:net';

const { listen } = Server.prototype;

Server.prototype.listen = function (...args) {
  this.once('listening', () => process.send?.(this.address().port));
  return listen.apply(this, args);
};
