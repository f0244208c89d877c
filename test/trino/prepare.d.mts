/** Where the parts of Trino lie, prepared or not. */
export const TRINO_HOME: { server: string; plugins: string; java: string }
