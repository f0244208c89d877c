import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/temporary.ts'],
    setupFiles: ['test/setup.ts'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // many tests wait for processes that they start
    maxWorkers: '100%',
    // files share what they load: loading the whole of it for each took half of the time
    isolate: false,
    restoreMocks: true,
    // what takes two seconds has taken a minute in a process whose memory the files before had filled
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // a test that talks to AWS would find no credentials, no region and no instance metadata
    env: {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      NO_COLOR: '1',
    },
    reporters: ['default', './scripts/closing-line.mjs'],
  },
})
