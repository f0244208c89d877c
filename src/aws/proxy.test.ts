import { describe, expect, it } from 'vitest'
import { isLoopback, proxyFor } from './proxy.ts'

const PROXY = { HTTPS_PROXY: 'http://proxy.example:3128' }
const https = (hostname: string, port?: number) => ({ protocol: 'https:', hostname, ...(port ? { port } : {}) })
const isProxied = (hostname: string, noProxy: string, port?: number) =>
  proxyFor(https(hostname, port), { ...PROXY, NO_PROXY: noProxy }) !== null

describe('the proxy of a request', () => {
  it('is the one of its protocol, small letters first, and ALL_PROXY else', () => {
    expect(proxyFor(https('iam.amazonaws.com'), PROXY)?.href).toBe('http://proxy.example:3128/')
    expect(proxyFor(https('iam.amazonaws.com'), { ...PROXY, https_proxy: 'http://other:1' })?.host).toBe('other:1')
    expect(proxyFor(https('iam.amazonaws.com'), { HTTP_PROXY: 'http://proxy:1' })).toBeNull()
    expect(proxyFor({ protocol: 'http:', hostname: 'aws.internal' }, { HTTP_PROXY: 'proxy:8080' })?.href).toBe(
      'http://proxy:8080/',
    )
    expect(proxyFor(https('iam.amazonaws.com'), { ALL_PROXY: 'http://all:1' })?.host).toBe('all:1')
    expect(proxyFor(https('iam.amazonaws.com'), { HTTPS_PROXY: '' })).toBeNull()
  })

  it('is none for this machine', () => {
    for (const hostname of ['127.0.0.1', '127.8.8.8', 'localhost', 'sandbox.localhost', '[::1]', '::1'])
      expect(isProxied(hostname, ''), hostname).toBe(false)
    expect(isLoopback('127.0.0.1.example.com')).toBe(false)
    expect(isLoopback('localhost.example.com')).toBe(false)
  })

  it.each([
    ['iam.amazonaws.com', '*', false],
    ['iam.amazonaws.com', 'amazonaws.com', false],
    ['iam.amazonaws.com', '.amazonaws.com', false],
    ['iam.amazonaws.com', '*.amazonaws.com', false],
    ['iam.amazonaws.com', 'other.com, .AMAZONAWS.com', false],
    ['iam.amazonaws.com', 'other.com .amazonaws.com', false],
    ['notamazonaws.com', 'amazonaws.com', true],
    ['iam.amazonaws.com.evil.example', 'amazonaws.com', true],
    ['iam.amazonaws.com', 'amazonaws.com:443', false],
    ['iam.amazonaws.com', 'amazonaws.com:8443', true],
    ['10.0.0.5', '10.0.0.5', false],
    ['10.0.0.5', '10.0.0.0/8', false],
    ['10.0.0.5', '11.0.0.0/8', true],
    ['10.0.0.5', '10.0.0.0/99', true],
    ['210.0.0.5', '10.0.0.5', true],
    ['[fd00::1]', 'fd00::1', false],
    ['[fd00::1]', '[fd00::1]:443', false],
    ['[fd00::1]', 'fd00::/8', false],
    ['iam.amazonaws.com', ' , ,', true],
  ])('to %s with NO_PROXY=%s', (hostname, noProxy, proxied) => {
    expect(isProxied(hostname, noProxy)).toBe(proxied)
  })

  it('with an address that is none is an error that does not show it', () => {
    for (const value of ['http://', 'socks5://user:CANARY@host:1', 'http://user:CANARY@:x', '://CANARY']) {
      let message = ''
      try {
        proxyFor(https('iam.amazonaws.com'), { HTTPS_PROXY: value })
      } catch (error) {
        message = String(error)
      }
      expect(message).toContain('`HTTPS_PROXY` is no address of an HTTP proxy')
      expect(message).not.toContain('CANARY')
    }
  })
})
