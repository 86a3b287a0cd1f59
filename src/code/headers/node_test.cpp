// Express, Koa, Fastify, and helmet in its versions.
#include <gtest/gtest.h>

#include "code/headers/test_sites.h"

namespace commandcenter::code {
namespace {

TEST(Express, HelmetByImportAndVersion) {
  const char* app = R"x(import express from "express"
import helmet from "helmet"
const server = express()
server.use(helmet())
server.get("/", (req, res) => res.send("hi"))
)x";
  EXPECT_EQ(states("src/index.ts", app), "PPPPPM");
  EXPECT_EQ(states({{"src/index.ts", app}, {"package.json", R"x({"dependencies": {"helmet": "^3.23.0"}})x"}}),
            "MPPPMM");
}

TEST(Express, HelmetDefaultsAreMergedWhereTheVersionDoesSo) {
  const char* app = R"x(const express = require('express'), helmet = require('helmet');
const app = express();
const directives = { defaultSrc: ["'self'", "'unsafe-inline'"] };
app.use(helmet({ contentSecurityPolicy: { directives }, frameguard: { action: 'deny' }, hsts: { maxAge: 3600 } }));
)x";
  EXPECT_EQ(states("app.js", app), "WWPPPM");
  EXPECT_EQ(states({{"app.js", app}, {"package.json", R"x({"dependencies": {"helmet": "7.1.0"}})x"}}), "PWPPPM");
}

TEST(Express, NamedImportsConstantsAndOtherFiles) {
  EXPECT_EQ(states({{"server.js", R"x(
const express = require('express');
const { frameguard, hsts: sts } = require('helmet');
const secure = require('./middleware/secure');
const app = express();
const YEAR = 365 * 24 * 60 * 60;
app.use([frameguard({ action: 'deny' }), sts({ maxAge: YEAR })]);
app.use(secure);
)x"},
                    {"middleware/secure.js", R"x(
const POLICY = ["default-src 'self'", "script-src 'self' 'unsafe-eval'"].join('; ');
module.exports = function secure(req, res, next) {
  res.setHeader('Content-Security-Policy', POLICY);
  res.header({ 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff' });
  return next();
};
)x"}}),
            "WPPPPM");
}

TEST(Express, PathsRoutersAndConditions) {
  EXPECT_EQ(states("app.js", R"x(
const express = require('express');
const app = express();
const widgets = express.Router();
function headers(req, res, next) {
  res.set('X-Frame-Options', 'DENY');
  if (req.path.startsWith('/open')) return next();
  res.set('Content-Security-Policy', "default-src 'self'");
  next();
}
app.use(headers);
app.use((req, res, next) => { res.append('X-Content-Type-Options', 'nosniff'); next(); });
app.use('/admin', (req, res, next) => { res.set('Referrer-Policy', 'no-referrer'); next(); });
widgets.use((req, res, next) => { res.removeHeader('X-Frame-Options'); next(); });
app.use('/widgets', widgets);
)x"),
            "OMOPMM");
}

TEST(Express, LoopsAndUnusedFunctions) {
  EXPECT_EQ(states("app.js", R"x(
const express = require('express')
const app = express()
const HEADERS = {
  'X-Frame-Options': 'DENY',
  'Strict-Transport-Security': `max-age=${60 * 60}; includeSubDomains`,
  'Permissions-Policy': 'camera=(), geolocation=(self)'
}
app.use((_req, response, next) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  next()
})
function unused(req, res) { res.setHeader('Referrer-Policy', 'no-referrer') }
/* app.use(require('helmet').noSniff()) */
)x"),
            "MWPCMP");
}

TEST(Express, RoutesBeforeTheMiddlewareAreNotProtected) {
  EXPECT_EQ(states("app.js", R"x(
const app = require('express')();
app.get('/health', (req, res) => res.send('ok'));
app.use(require('helmet')({ contentSecurityPolicy: false, referrerPolicy: { policy: ['no-referrer', 'unsafe-url'] } }));
app.get('/', (req, res) => { axios.get('http://x', { headers: { 'X-Frame-Options': 'ALLOWALL' } }); res.send('x'); });
)x"),
            "MOOOWM");
}

TEST(Koa, WhatRunsAfterNextWins) {
  EXPECT_EQ(states("app.ts", R"x(
import Koa from 'koa';
import helmet from 'koa-helmet';
const app = new Koa();
app.use(helmet.contentSecurityPolicy({ directives: { scriptSrc: ["'self'"] }, reportOnly: true }));
app.use(async (ctx, next) => {
  await next();
  ctx.set({ 'X-Frame-Options': 'SAMEORIGIN' });
  ctx.response.set('X-Content-Type-Options', 'nosniff');
});
router.get('/embed', async (ctx) => { ctx.remove('X-Frame-Options'); });
app.use(router.routes());
)x"),
            "RMPPMM");
}

TEST(Fastify, HooksPluginsAndRouteOptions) {
  EXPECT_EQ(states("server.mjs", R"x(
import Fastify from 'fastify';
import helmet from '@fastify/helmet';
const fastify = Fastify();
await fastify.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["*"] } }, hsts: false });
fastify.addHook('onSend', async (req, reply, payload) => {
  reply.headers({ 'permissions-policy': 'usb=()' }); return payload; });
fastify.get('/embed', { helmet: { frameguard: false } }, async (req, reply) => {
  reply.removeHeader('permissions-policy'); return 1; });
)x"),
            "WMOPPP");
  EXPECT_EQ(states("server.js", R"x(
const fastify = require('fastify')();
fastify.register(require('@fastify/helmet'), { global: false });
fastify.register(async function (instance) {
  instance.addHook('onRequest', (req, reply, done) => { reply.header('X-Frame-Options', 'DENY'); done(); });
}, { prefix: '/admin' });
)x"),
            "MMMMMM");
  EXPECT_EQ(states("server.js", R"x(
const fastify = require('fastify')();
fastify.register(require('@fastify/helmet'));
fastify.route({ method: 'GET', url: '/raw', helmet: false, handler: async () => 'x' });
)x"),
            "OOOOOM");
}

TEST(Fastify, HooksOfFourParametersAreNoErrorHandlers) {
  EXPECT_EQ(states("app.js", R"x(
const app = require('fastify')();
app.addHook('onRequest', (req, reply, done) => { reply.headers({ 'X-Frame-Options': 'DENY' }); done(); });
app.addHook('onSend', (req, reply, payload, done) => {
  if (req.url.startsWith('/public')) reply.removeHeader('X-Frame-Options');
  done(null, payload);
});
app.listen({ port: 80 });
)x"),
            "MMOMMM");
}

TEST(Node, ApplicationsInAClassAndTypedTables) {
  EXPECT_EQ(states("app.ts", R"x(
import express, { Application } from 'express';
import helmet from 'helmet';
export class App {
  public app: Application;
  constructor() { this.app = express(); this.middleware(); }
  private middleware(): void {
    this.app.use(helmet({ frameguard: { action: 'deny' } }));
  }
}
)x"),
            "PPPPPM");
  EXPECT_EQ(states("server.ts", R"x(
import Koa from 'koa'
const app = new Koa()
const headers: Record<string, string> = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' }
app.use(async (ctx, next) => {
  for (const [key, value] of Object.entries(headers)) ctx.set(key, value)
  await next()
})
)x"),
            "MMMPPM");
}

TEST(Node, OnlyServersAreSites) {
  EXPECT_EQ(states("server.ts", "export const server = 'x';\nfetch('/a', {headers: {'X-Frame-Options': 'DENY'}});\n"),
            "");
}

}  // namespace
}  // namespace commandcenter::code
