// SPDX-License-Identifier: MIT
// Packages come from this folder's node_modules, or from the one that CHATABI_NODE_MODULES names.
import { createRequire } from 'node:module';

const { CHATABI_NODE_MODULES } = process.env;

export const require = createRequire(CHATABI_NODE_MODULES ? `${CHATABI_NODE_MODULES}/here.js` : import.meta.url);
