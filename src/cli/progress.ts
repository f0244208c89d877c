/** A progress bar on standard error, only where a person is looking, and only when it takes more than a second. */

export interface Progress {
  update(state: { done: number; total: number | null; what: string }): void
  stop(): void
}

export function startProgress(): Progress {
  if (!process.stderr.isTTY || process.env.CI) return { update() {}, stop() {} }
  const started = Date.now()
  let bar: import('cli-progress').SingleBar | undefined
  let loading = false
  let stopped = false
  return {
    update({ done, total, what }) {
      if (Date.now() - started < 1000 || stopped) return
      if (bar) {
        bar.setTotal(total ?? Math.max(done, 1))
        bar.update(done, { what })
      } else if (!loading) {
        loading = true
        void import('cli-progress').then(({ default: { Presets, SingleBar } }) => {
          if (stopped) return
          bar = new SingleBar(
            { format: '{bar} {value}/{total} {what}', clearOnComplete: true, hideCursor: true, stream: process.stderr },
            Presets.shades_classic,
          )
          bar.start(total ?? Math.max(done, 1), done, { what })
        })
      }
    },
    stop() {
      stopped = true
      bar?.stop()
    },
  }
}
