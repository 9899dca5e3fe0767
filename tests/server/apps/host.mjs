// A host of MCP Apps: the official bridge, a frame under the specification's default policy, and a record of what the
// view told.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

const told = { initialized: false, sizes: [], messages: [], modes: [], calls: [], ended: false };
let bridge;
let answerCall;

async function start({ url, context, capabilities, width }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = `border:0;display:block;width:${width}px;height:0`;
  document.body.append(frame);
  bridge = new AppBridge(null, { name: "test-host", version: "1.0.0" }, capabilities, { hostContext: context });
  bridge.oninitialized = () => { told.initialized = true; };
  bridge.onsizechange = ({ width, height }) => {
    told.sizes.push([width, height]);
    frame.style.height = `${height}px`;
  };
  bridge.onmessage = async (message) => { told.messages.push(message); return {}; };
  bridge.onrequestdisplaymode = async ({ mode }) => { told.modes.push(mode); return { mode }; };
  bridge.oncalltool = (params) => new Promise((resolve) => { told.calls.push(params); answerCall = resolve; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = url;
}

window.host = {
  told,
  start,
  show: async ({ tool, arguments: given, result }) => {
    await bridge.sendToolInput({ arguments: given });
    await bridge.sendToolResult(result);
  },
  cancel: () => bridge.sendToolCancelled({ reason: "stopped" }),
  dress: (context) => bridge.setHostContext(context),
  answer: (result) => answerCall(result),
  end: async () => { await bridge.teardownResource({}); told.ended = true; },
};
