/**
 * `node:http`, without what importing it costs. An ES module's import reads every export, and one of them, `WebSocket`, loads
 * all of undici: 40 ms and 16 MB that a server which calls nobody need not have.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");
