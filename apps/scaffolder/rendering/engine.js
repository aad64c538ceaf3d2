// Runs inside the isolate: Backstage's filters around nunjitsu, one function `handle` for the child.
// `createTemplateRenderer` and its error classes come from the library, evaluated before this file.
(() => {
  const MAX_DEPTH = 100;
  const state = { failed: false, filterError: null, random: 1 };
  const renderers = new Map();

  globalThis.crypto = {
    // Seeded for each request, so that a resumed run renders the same text again.
    getRandomValues(words) {
      for (let i = 0; i < words.length; i += 1) {
        state.random = (Math.imul(state.random, 1664525) + 1013904223) >>> 0;
        words[i] = state.random;
      }
      return words;
    },
  };

  const decode = (text) => decodeURIComponent(text.replaceAll('+', ' '));

  function parseRepoUrl(input) {
    if (typeof input !== 'string') throw new Error('parseRepoUrl needs a text like host?owner=…&repo=…');
    const [host, query] = input.replace(/^https?:\/\//, '').split(/\?(.*)/s, 2);
    if (!/^[A-Za-z0-9.-]+(:\d+)?\/?$/.test(host)) throw new Error(`the repository address has no usable host: ${host}`);
    const parts = {};
    for (const pair of (query ?? '').split('&')) {
      const at = pair.indexOf('=');
      if (at > 0) parts[decode(pair.slice(0, at))] = decode(pair.slice(at + 1)).replace(/^\/+|\/+$/g, '');
    }
    if (!parts.repo && !parts.project) throw new Error('the repository address names no repo');
    if (!parts.owner && !parts.workspace && !parts.project && !parts.organization) {
      throw new Error('the repository address names no owner');
    }
    const result = { host: host.replace(/\/$/, '') };
    for (const key of ['owner', 'repo', 'organization', 'workspace', 'project']) {
      if (parts[key]) result[key] = parts[key];
    }
    return result;
  }

  function parseEntityRef(input, defaults) {
    const fallback = defaults ?? {};
    if (input !== null && typeof input === 'object') {
      const kind = input.kind ?? fallback.defaultKind;
      if (!kind || !input.name) throw new Error('parseEntityRef needs a kind and a name');
      return { kind, namespace: input.namespace ?? fallback.defaultNamespace ?? 'default', name: input.name };
    }
    if (typeof input !== 'string') throw new Error('parseEntityRef needs a text like kind:namespace/name');
    const match = /^(?:([^:/]+):)?(?:([^:/]+)\/)?([^:/]+)$/.exec(input);
    if (!match) throw new Error(`${input} is not an entity reference`);
    const kind = match[1] ?? fallback.defaultKind;
    if (!kind) throw new Error(`${input} names no kind`);
    return { kind, namespace: match[2] ?? fallback.defaultNamespace ?? 'default', name: match[3] };
  }

  function pick(input, path) {
    let at = input;
    for (const key of String(path).replace(/\[(\w+)\]/g, '.$1').split('.').filter(Boolean)) {
      if (at === null || at === undefined || !Object.hasOwn(Object(at), key)) return undefined;
      at = at[key];
    }
    return at;
  }

  function projectSlug(input) {
    const { owner, repo } = parseRepoUrl(input);
    return `${owner}/${repo}`;
  }

  // The library hides what a filter threw; we keep the sentence for the person who wrote the template.
  const told = (filter) => (...parts) => {
    try {
      return filter(...parts);
    } catch (error) {
      state.filterError = error.message;
      throw error;
    }
  };

  function rendererFor(options) {
    const key = JSON.stringify(options);
    if (!renderers.has(key)) {
      const filters = {
        parseRepoUrl: told(parseRepoUrl),
        parseEntityRef: told(parseEntityRef),
        pick: told(pick),
        projectSlug: told(projectSlug),
      };
      if (options.cookiecutterCompat) filters.jsonify = (value) => JSON.stringify(value);
      const globals = { always: () => true, failure: () => state.failed };
      renderers.set(key, createTemplateRenderer({ ...options, filters, globals, allowRegexExecution: true }));
    }
    return renderers.get(key);
  }

  function problem(error, expression, path) {
    const message = state.filterError ?? error.message ?? String(error);
    state.filterError = null;
    const limit = error instanceof TemplateLimitError;
    return { message, expression: expression.slice(0, 500), path, line: error.line, column: error.column, limit };
  }

  class Stop extends Error {
    constructor(detail) {
      super(detail.message);
      this.detail = detail;
    }
  }

  function renderTree(node, renderer, context, request, path, depth) {
    if (depth > MAX_DEPTH) throw new Stop({ message: 'the input is nested too deeply', expression: '', path });
    if (typeof node === 'string') {
      try {
        return renderer.renderValue(node, context, { limits: request.limits });
      } catch (error) {
        const detail = problem(error, node, path);
        if (request.silent && !detail.limit) return node;
        throw new Stop(detail);
      }
    }
    if (Array.isArray(node)) {
      return node.map((item, i) => renderTree(item, renderer, context, request, `${path}[${i}]`, depth + 1));
    }
    if (node !== null && typeof node === 'object') {
      const result = {};
      for (const [key, value] of Object.entries(node)) {
        const rendered = renderTree(value, renderer, context, request, path ? `${path}.${key}` : key, depth + 1);
        if (rendered !== undefined) Object.defineProperty(result, key, { value: rendered, enumerable: true });
      }
      return result;
    }
    return node;
  }

  function renderText(text, renderer, context, request, path) {
    try {
      return renderer.render(text, context, { limits: request.limits });
    } catch (error) {
      throw new Stop(problem(error, '', path));
    }
  }

  const operations = {
    value(request) {
      const renderer = rendererFor({});
      const result = renderTree(request.template, renderer, renderer.prepareContext(request.context), request, request.path, 0);
      return result === undefined ? { missing: true } : { value: result };
    },
    files(request) {
      const renderer = rendererFor(request.options);
      const context = renderer.prepareContext(request.context);
      return {
        files: request.files.map(({ path, text, name }) => ({
          path: name ? renderText(path, renderer, context, request, `the name of ${path}`) : path,
          text: text === null ? null : renderText(text, renderer, context, request, path),
        })),
      };
    },
  };

  globalThis.handle = (text) => {
    const request = JSON.parse(text);
    state.failed = Boolean(request.failed);
    state.random = request.seed >>> 0;
    try {
      return JSON.stringify(operations[request.op](request));
    } catch (error) {
      if (error instanceof Stop) return JSON.stringify({ error: error.detail });
      return JSON.stringify({ error: { message: String(error.message ?? error), expression: '', path: '' } });
    }
  };
})();
