/** Every kind of archive as something that carries a credential: `carry` puts a text, or a pair, into it. */
import { deflateSync, gzipSync } from 'node:zlib'
import * as build from './archives-build.ts'
import * as text from './archives-build-text.ts'

export interface ArchiveCarrier {
  name: string
  file: string
  carry(text: string): Buffer
  /** Where the text lies in it. */
  member: string | null
  /** Why some of it is skipped. */
  skipped?: string
}

const other = { name: 'readme.txt', data: 'nothing to see here\n' }
const entry = (data: string | Buffer, name = 'app/.env') => [other, { name, data }]
const inZip = (text: string | Buffer, name?: string) => build.zip(entry(text, name))
const inTar = (text: string | Buffer, name?: string) => build.tar(entry(text, name))

export const ARCHIVE_CARRIERS: ArchiveCarrier[] = [
  ...['zip', 'jar', 'war', 'apk', 'aab', 'ipa', 'whl'].map((extension) => ({
    name: extension,
    file: `a.${extension}`,
    carry: (text: string) => inZip(text),
    member: 'app/.env',
  })),
  ...(['docx', 'xlsx'] as const).map((extension) => ({
    name: extension,
    file: `a.${extension}`,
    carry: (text: string) => inZip(`<w:p><w:t>${text.replaceAll('\n', '</w:t></w:p><w:p><w:t>')}</w:t></w:p>`),
    member: 'app/.env',
  })),
  {
    name: 'zip, stored',
    file: 'a.zip',
    carry: (text) => build.zip([other, { name: 'k', data: text, stored: true }]),
    member: 'k',
  },
  {
    name: 'zip with data descriptors',
    file: 'a.zip',
    carry: (text) =>
      build.zip([
        { ...other, descriptor: true },
        { name: 'k', data: text, descriptor: true },
      ]),
    member: 'k',
  },
  {
    name: 'zip without a directory',
    file: 'a.zip',
    carry: (text) =>
      build.zip([{ ...other, descriptor: true }, { name: 'k', data: text, descriptor: true }, other], {
        central: false,
      }),
    member: 'k',
    skipped: 'truncated',
  },
  {
    name: 'zip64',
    file: 'a.zip',
    carry: (text) => build.zip([other, { name: 'k', data: text, zip64: true }]),
    member: 'k',
  },
  { name: 'gzip', file: 'a.env.gz', carry: (text) => gzipSync(text), member: null },
  {
    name: 'gzip of several members',
    file: 'a.env.gz',
    carry: (text) => Buffer.concat([gzipSync('first\n'), gzipSync(text)]),
    member: null,
  },
  { name: 'xz', file: 'a.env.xz', carry: (text) => build.xz(text), member: null },
  { name: 'zstd', file: 'a.env.zst', carry: (text) => build.zstd(text), member: null },
  { name: 'tar', file: 'a.tar', carry: (text) => inTar(text), member: 'app/.env' },
  {
    name: 'tar, long name (pax)',
    file: 'a.tar',
    carry: (text) => build.tar([other, { name: `${'d/'.repeat(80)}k`, data: text, long: 'pax' }]),
    member: `${'d/'.repeat(80)}k`,
  },
  {
    name: 'tar, long name (GNU)',
    file: 'a.tar',
    carry: (text) => build.tar([other, { name: `${'d/'.repeat(80)}k`, data: text, long: 'gnu' }]),
    member: `${'d/'.repeat(80)}k`,
  },
  {
    name: 'tars one after the other',
    file: 'a.tar',
    carry: (text) => Buffer.concat([build.tar([other]), inTar(text)]),
    member: 'app/.env',
  },
  { name: 'tar.gz', file: 'a.tgz', carry: (text) => gzipSync(inTar(text)), member: 'app/.env' },
  { name: 'tar.xz', file: 'a.tar.xz', carry: (text) => build.xz(inTar(text)), member: 'app/.env' },
  { name: 'tar.zst', file: 'a.tar.zst', carry: (text) => build.zstd(inTar(text)), member: 'app/.env' },
  { name: '7z', file: 'a.7z', carry: (text) => build.sevenZip(entry(text)), member: 'app/.env' },
  {
    name: '7z, stored',
    file: 'a.7z',
    carry: (text) => build.sevenZip(entry(text), { stored: true }),
    member: 'app/.env',
  },
  {
    name: 'deb',
    file: 'a.deb',
    carry: (text) => build.deb(entry(text, './etc/app.env')),
    member: 'data.tar.gz!/etc/app.env',
  },
  {
    name: 'rpm',
    file: 'a.rpm',
    carry: (text) => build.rpm('header', gzipSync(build.cpio(entry(text, './etc/app.env')))),
    member: 'payload!/etc/app.env',
  },
  {
    name: 'script in an rpm',
    file: 'a.rpm',
    carry: (text) => build.rpm(text, gzipSync(build.cpio([other]))),
    member: 'header',
  },
  ...(['newc', 'odc', 'binary'] as const).map((format) => ({
    name: `cpio (${format})`,
    file: 'a.cpio',
    carry: (text: string) => build.cpio(entry(text), format),
    member: 'app/.env',
  })),
  { name: 'ar', file: 'a.a', carry: (text) => build.ar(entry(text, 'k.env')), member: 'k.env' },
  {
    name: 'zip behind the line that names its interpreter',
    file: 'a.pyz',
    carry: (text) => build.zip(entry(text), { before: Buffer.from('#!/usr/bin/env python3\n') }),
    member: 'app/.env',
  },
  {
    name: 'zip behind the script that starts it',
    file: 'service.jar',
    carry: (text) => build.zip(entry(text), { before: Buffer.from(`#!/bin/bash\n${'# starts it\n'.repeat(900)}`) }),
    member: 'app/.env',
  },
  {
    name: 'zip behind a program',
    file: 'setup.exe',
    carry: (text) => build.zip(entry(text), { before: Buffer.from(`MZ${'\0'.repeat(3000)}`) }),
    member: 'app/.env',
  },
  {
    name: 'extension of Chrome',
    file: 'a.crx',
    carry: (text) => build.zip(entry(text), { before: Buffer.from(`Cr24\x03\0\0\0\x40\0\0\0${'-'.repeat(64)}`) }),
    member: 'app/.env',
  },
  {
    name: 'tar.gz behind the script that unpacks it',
    file: 'install.sh',
    carry: (text) =>
      Buffer.concat([
        Buffer.from(`#!/bin/sh\n# This script was generated using Makeself 2.5.0\n${'umask 077\n'.repeat(900)}`),
        gzipSync(inTar(text)),
      ]),
    member: 'app/.env',
  },
  {
    name: 'text behind gzip',
    file: 'a.gz',
    carry: (text) => Buffer.concat([gzipSync('nothing\n'), Buffer.from(text)]),
    member: null,
  },
  {
    name: 'comment of a zip',
    file: 'a.zip',
    carry: (text) => build.zip([other], { comment: text }),
    member: null,
  },
  {
    name: 'comment of a member of a zip',
    file: 'a.zip',
    carry: (text) => build.zip([{ ...other, comment: `\n${text}` }, other]),
    member: null,
  },
  {
    name: 'pack of git',
    file: 'a.pack',
    carry: (text) => build.gitPack([{ data: 'tree', type: 2 }, { data: 'x\n' }, { data: text }, { data: 'y\n' }]),
    member: 'object 3',
  },
  ...(['offset', 'name'] as const).map((base) => ({
    name: `pack of git, what a delta adds (base by ${base})`,
    file: 'a.pack',
    carry: (text: string) => build.gitPack([{ data: 'x\n' }, { data: `${'-'.repeat(90)}\n${text}`, base }]),
    member: 'object 2',
  })),
  {
    name: 'archive in a bundle of git',
    file: 'a.bundle',
    carry: (text) => build.gitBundle(build.gitPack([{ data: inZip(text) }, { data: 'x\n' }])),
    member: 'object 1!/app/.env',
  },
  {
    name: 'object of a repository in an image',
    file: 'image.tar',
    carry: (text) =>
      build.dockerImage(
        [[other], [{ name: `app/.git/objects/ab/${'0'.repeat(38)}`, data: build.gitObject(text) }]],
        '{}',
      ),
    member: `layer 2/2 sha256:222222222222!/app/.git/objects/ab/${'0'.repeat(38)}`,
  },
  {
    name: 'rows in a backup of PostgreSQL',
    file: 'shop.dump',
    carry: (text) => build.pgDump('TABLE DATA', [{ data: deflateSync('1\n\\.\n') }, { data: deflateSync(text) }]),
    member: 'entry 3001',
  },
  {
    name: 'rows in a backup of PostgreSQL, compressed with zstd',
    file: 'shop.dump',
    carry: (text) => build.pgDump('TABLE DATA', [{ data: build.zstd(text) }]),
    member: 'entry 3000',
  },
  {
    name: 'large object in a backup of PostgreSQL',
    file: 'shop.dump',
    carry: (text) =>
      build.pgDump('BLOBS', [
        { data: deflateSync('some other') },
        { data: deflateSync(inZip(text, 'k.env')), largeObject: 16_396 },
      ]),
    member: 'large object 16396!/k.env',
  },
  {
    name: 'function in a backup of PostgreSQL',
    file: 'shop.dump',
    carry: (text) => build.pgDump(`${'-- '.repeat(40_000)}\n${text}`, [{ data: deflateSync('1\n') }]),
    member: null,
  },
  {
    name: 'layer of a docker image',
    file: 'image.tar',
    carry: (text) => build.dockerImage([[other], entry(text, 'root/.aws/credentials')], '{}'),
    member: 'layer 2/2 sha256:222222222222!/root/.aws/credentials',
  },
  {
    name: 'configuration of a docker image',
    file: 'image.tar',
    carry: (text) => build.dockerImage([[other]], text),
    member: `${'9'.repeat(64)}.json`,
  },
  {
    name: 'layer of an OCI image',
    file: 'image.tar',
    carry: (text) => build.ociImage([entry(text, 'root/.aws/credentials'), [other]], '{}'),
    member: 'layer 1/2 sha256:111111111111!/root/.aws/credentials',
  },
  {
    name: 'deleted file of an OCI image',
    file: 'image.tar',
    carry: (text) =>
      build.ociImage(
        [entry(text, 'root/.aws/credentials'), [{ name: 'root/.aws/.wh.credentials', data: '' }, other]],
        '{}',
      ),
    member: 'layer 1/2 sha256:111111111111!/root/.aws/credentials (deleted in layer 2)',
  },
  {
    name: 'file of an OCI image in a folder that was emptied',
    file: 'image.tar',
    carry: (text) =>
      build.ociImage([entry(text, 'root/.aws/credentials'), [{ name: 'root/.wh..wh..opq', data: '' }, other]], '{}'),
    member: 'layer 1/2 sha256:111111111111!/root/.aws/credentials (deleted in layer 2)',
  },
  {
    name: 'five archives in each other',
    file: 'a.zip',
    carry: (text) =>
      inZip(
        gzipSync(
          inTar(build.sevenZip(entry(build.cpio(entry(build.ar(entry(text, 'k.env')), 'e.a')), 'd.cpio')), 'c.7z'),
        ),
        'b.tgz',
      ),
    member: 'b.tgz!/c.7z!/d.cpio!/e.a!/k.env',
  },
]

/** Formats whose text is drawn out. Here the pair is two values: what stands around them is the format's own. */
export const TEXT_CARRIERS: {
  name: string
  file: string
  carry(id: string, secret: string): Buffer
  member: string | null
}[] = [
  ...(['utf8', 'utf16le'] as const).flatMap((encoding) => [
    {
      name: `two columns of a SQLite database (${encoding})`,
      file: 'a.db',
      carry: (id: string, secret: string) => text.sqlite('CREATE TABLE t (who, k, s)', [['bob', id, secret]], encoding),
      member: null,
    },
    {
      name: `overflow pages of a SQLite database (${encoding})`,
      file: 'a.db',
      carry: (id: string, secret: string) =>
        text.sqlite('CREATE TABLE t (body)', [[`${'- '.repeat(230)}${id} ${secret} ${'- '.repeat(900)}`]], encoding),
      member: null,
    },
    {
      name: `attributes of compiled Android XML (${encoding})`,
      file: 'AndroidManifest.xml',
      carry: (id: string, secret: string) => text.androidXml('meta-data', { key: id, secret }, encoding),
      member: null,
    },
    {
      name: `compiled Android resources (${encoding})`,
      file: 'resources.arsc',
      carry: (id: string, secret: string) =>
        text.androidResources({ aws_key: id, other: 'x', aws_secret: secret }, encoding),
      member: null,
    },
  ]),
  {
    name: 'settings in a SQLite database',
    file: 'state.vscdb',
    carry: (id, secret) =>
      text.sqlite('CREATE TABLE ItemTable (key TEXT UNIQUE, value BLOB)', [
        ['aws_access_key_id', id],
        ['aws_secret_access_key', secret],
      ]),
    member: null,
  },
  ...[16, 12, 8].map((headerLength) => ({
    name: `compiled Python, a header of ${headerLength} bytes`,
    file: 'settings.pyc',
    carry: (id: string, secret: string) => text.pyc(['boto3', id, secret], headerLength),
    member: null,
  })),
  {
    name: 'SQLite table without row IDs, its leaf',
    file: 'a.db',
    carry: (id, secret) =>
      text.sqlite('CREATE TABLE t (secret, who, k, PRIMARY KEY (k, who)) WITHOUT ROWID', [
        [id, 'bob', secret],
        ['-', 'alice', '-'],
      ]),
    member: null,
  },
  {
    name: 'SQLite table without row IDs, above its leaf',
    file: 'a.db',
    carry: (id, secret) =>
      text.sqlite('CREATE TABLE t (body TEXT PRIMARY KEY) WITHOUT ROWID', [
        ['-'],
        [`${'- '.repeat(12)}${id} ${secret} ${'- '.repeat(900)}`],
      ]),
    member: null,
  },
  {
    name: 'binary property list',
    file: 'Info.plist',
    carry: (id, secret) => text.plist({ AWSKey: id, AWSSecret: secret }),
    member: null,
  },
  {
    name: 'binary property list with UTF-16',
    file: 'Info.plist',
    carry: (id, secret) => text.plist({ Schlüssel: `ü ${id}`, Geheimnis: `ü ${secret}` }),
    member: null,
  },
  {
    name: 'texts of Android bytecode, far from each other',
    file: 'classes.dex',
    carry: (id, secret) => {
      const between = Array.from({ length: 500 }, (_, i) => `B made-up text ${i}`)
      const filler = Array.from({ length: 500 }, (_, i) => `~ more of it ${i}`)
      return text.dex([...between.slice(0, 20), id, secret, ...between.slice(20), ...filler])
    },
    member: null,
  },
  {
    name: 'constants of Android bytecode',
    file: 'classes.dex',
    carry: (id, secret) => text.dex(['x'], { ACCESS_KEY: id, SECRET_KEY: secret }),
    member: null,
  },
  {
    name: 'bytecode in an Android application',
    file: 'a.apk',
    carry: (id, secret) => build.zip([other, { name: 'classes2.dex', data: text.dex(['x', id, secret, 'y']) }]),
    member: 'classes2.dex',
  },
  {
    name: 'property list in an iOS application',
    file: 'a.ipa',
    carry: (id, secret) =>
      build.zip([other, { name: 'Payload/A.app/Info.plist', data: text.plist({ k: id, s: secret }) }]),
    member: 'Payload/A.app/Info.plist',
  },
]
