/** Property tests try the same examples every time; another seed is tried with `FC_SEED=… npx vitest run`. */
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FC_SEED ?? 1) })
