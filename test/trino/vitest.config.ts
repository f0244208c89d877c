/** `npm run test:trino`: not part of `npm test`, as it needs a Trino. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/trino/*.trino.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    env: { AWS_EC2_METADATA_DISABLED: 'true', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', NO_COLOR: '1' },
    reporters: ['default', './scripts/closing-line.mjs'],
  },
})
