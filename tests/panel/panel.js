// Applies a template to an element in the real properties panel, opens all groups, chooses values, and writes down what
// a modeller sees: window.asked = {diagram, template, element, choose: [{label, value}...]}.
import Modeler from 'bpmn-js/lib/Modeler';
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  ZeebePropertiesProviderModule
} from 'bpmn-js-properties-panel';
import { CloudElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import ZeebeBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

// The panel draws in several steps, each in a turn of its own: until nothing has changed for a while.
const drawn = () => new Promise(done => {
  let quiet = setTimeout(finish, 400);
  const observer = new MutationObserver(() => { clearTimeout(quiet); quiet = setTimeout(finish, 400); });
  observer.observe(document.getElementById('panel'), { subtree: true, childList: true, attributes: true });
  function finish() { observer.disconnect(); done(); }
});

function text(node) {
  const copy = node.cloneNode(true);
  copy.querySelectorAll('svg, button').forEach(part => part.remove());
  return copy.textContent.trim();
}

// Groups in their order, and the labels in each.
function seen() {
  return [...document.querySelectorAll('#panel .bio-properties-panel-group')].map(group => ({
    title: text(group.querySelector('.bio-properties-panel-group-header-title')),
    labels: [...group.querySelectorAll('.bio-properties-panel-label')].map(text).filter(Boolean)
  }));
}

async function open() {
  for (let turn = 0; turn < 30; turn++) {
    const closed = [...document.querySelectorAll('#panel .bio-properties-panel-group-header')]
      .find(header => !header.classList.contains('open') && header.querySelector('.bio-properties-panel-arrow'));
    if (!closed) return;
    closed.click();
    await drawn();
  }
}

function choose({ label, value }) {
  const found = [...document.querySelectorAll('#panel label')].find(one => text(one) === label);
  if (!found) throw new Error(`no field '${label}'`);
  const field = document.getElementById(found.htmlFor);
  field.value = value;
  for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
}

async function main() {
  const { diagram, template, element, choose: choices } = window.asked;
  const problems = [];
  const modeler = new Modeler({
    container: '#canvas',
    propertiesPanel: { parent: '#panel' },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      ZeebePropertiesProviderModule,
      CloudElementTemplatesPropertiesProviderModule,
      ZeebeBehaviors
    ],
    moddleExtensions: { zeebe }
  });
  modeler.on('elementTemplates.errors', ({ errors }) => problems.push(...errors.map(error => error.message)));
  await modeler.importXML(diagram);
  modeler.get('elementTemplatesLoader').setTemplates([template]);
  const registry = modeler.get('elementRegistry');
  const applied = modeler.get('elementTemplates').applyTemplate(registry.get(element), template);
  await drawn();
  modeler.get('selection').select(applied);
  await drawn();
  await open();
  const before = seen();
  for (const choice of choices) {
    choose(choice);
    await drawn();
    await open();
  }
  return { problems, before, after: seen(), xml: (await modeler.saveXML({ format: true })).xml };
}

main().catch(error => ({ error: String(error) })).then(result => {
  document.getElementById('result').textContent = JSON.stringify(result);
});
