// What a person does with the drawing of a workflow, with the mouse.
export const step = (page, id) => page.getByTestId(`step-${id}`);

export async function drop(page, agent, x, y) {
  const canvas = page.getByTestId('canvas');
  const box = await canvas.boundingBox();
  await page
    .getByTestId(`palette-${agent}`)
    .dragTo(canvas, { targetPosition: { x: box.width * x, y: box.height * y } });
}

export async function link(page, from, to) {
  const source = await step(page, from).locator('.react-flow__handle-right').boundingBox();
  const target = await step(page, to).locator('.react-flow__handle-left').boundingBox();
  await page.mouse.move(source.x + source.width / 2, source.y + source.height / 2);
  await page.mouse.down();
  await page.mouse.move((source.x + target.x) / 2, (source.y + target.y) / 2, { steps: 6 });
  await page.mouse.move(target.x + target.width / 2, target.y + target.height / 2, { steps: 6 });
  await page.mouse.up();
}

export async function rename(page, name) {
  const field = page.getByLabel('Name of the step');
  await field.fill(name);
  await field.press('Enter');
  await step(page, name).waitFor();
}
