// The page a phone's browser would show: ODK Web Forms on a form of the server, nothing else.
// Only tests load it. The component evaluates code of its own, so it never runs under the
// application's policy, and it only says what is to be sent: this page posts it.
import { createApp, h, ref } from "vue";
import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";

const { form, authorization } = JSON.parse(document.querySelector("#settings").textContent);
const signedIn = { headers: { Authorization: authorization, "X-OpenRosa-Version": "1.0" } };

const get = async (url) => {
  const response = await fetch(url, signedIn);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
};
const xml = async (url) =>
  new DOMParser().parseFromString(await (await get(url)).text(), "text/xml");
const said = (element, name) => element.getElementsByTagName(name)[0]?.textContent;

async function load() {
  const entry = (await xml(`/openrosa/formList?formID=${form}`)).getElementsByTagName("xform")[0];
  const manifestUrl = said(entry, "manifestUrl");
  const files = new Map();
  if (manifestUrl) {
    for (const file of (await xml(manifestUrl)).getElementsByTagName("mediaFile")) {
      files.set(said(file, "filename"), said(file, "downloadUrl"));
    }
  }
  return { formXml: await (await get(said(entry, "downloadUrl"))).text(), files };
}

async function send([payload]) {
  if (payload.status !== "ready") throw new Error(`not ready: ${payload.status}`);
  // The component has put the form under the name that OpenRosa wants, files beside it.
  const [data] = Array.isArray(payload.data) ? payload.data : [payload.data];
  await fetch("/openrosa/submission", { method: "HEAD", ...signedIn });
  const response = await fetch("/openrosa/submission", { method: "POST", body: data, ...signedIn });
  document.querySelector("#answer").textContent = `${response.status} ${await response.text()}`;
}

load().then(({ formXml, files }) => {
  const app = createApp({
    setup: () => () =>
      h(OdkWebForm, {
        formXml,
        // Files are named jr://file-csv/units_1.csv in a form.
        fetchFormAttachment: (url) => get(files.get(String(url).split("/").pop())),
        onSubmit: (...event) => send(event),
      }),
  });
  app.use(webFormsPlugin);
  app.mount("#form");
});
