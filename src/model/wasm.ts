/** WebAssembly, where the machine has it and allows it. Node.js has it; its types do not. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

interface Wasm {
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> }
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: Wasm }

/** Memory of so many bytes, all zero; only what is used of it counts. Null: there is none. */
export function wasmMemory(bytes: number): WasmMemory | null {
  const pages = Math.ceil(bytes / 65_536)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch {
    return null
  }
}

/** What a module gives out that works in a memory. Null: it cannot run here. @param module in base64 */
export function instanceIn(memory: WasmMemory, module: string): Record<string, unknown> | null {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(module, 'base64')), { env: { memory } }).exports
  } catch {
    return null
  }
}
