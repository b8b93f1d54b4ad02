import { expect, it } from 'vitest';
import { describeInStudio } from './inStudio.ts';

const annotation = { image_id: 7, category_id: 1, bbox: [64, 48, 320, 240], iscrowd: 0 };
const coco = {
  images: [
    { id: 5, width: 100, height: 100, file_name: 'empty.jpg' },
    { id: 7, width: 640, height: 480, file_name: 'crowded.jpg' },
  ],
  categories: [{ id: 1, name: 'dog' }],
  annotations: [...Array.from({ length: 31 }, () => annotation), { ...annotation, iscrowd: 1 }],
};

describeInStudio('a COCO file', 'COCO files in a browser, end to end', 300_000, (inStudio) => {
  it('of several images lets one be chosen, with all of its boxes', async () => {
    const studio = await inStudio.open();
    const { page } = studio;
    await studio.ready();
    await studio.drop(Buffer.from(JSON.stringify(coco)), 'annotations.json', 'application/json');
    const dialog = page.getByRole('dialog', { name: 'Which image?' });
    await dialog
      .getByText('annotations.json describes 2 images. The boxes of one become the layout.')
      .waitFor();
    expect(await dialog.getByRole('button', { name: 'empty.jpg' }).isDisabled()).toBe(true);
    expect(await studio.axe()).toEqual([]);
    await dialog.getByRole('searchbox', { name: 'Name or id' }).fill('CROWD');
    expect(await dialog.getByRole('button', { name: 'empty.jpg' }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'crowded.jpg' }).click();
    await page.getByText('The layout of annotations.json: crowded.jpg was imported. Left out: crowd regions (1).').waitFor(); // prettier-ignore
    await page.getByText('31 boxes are in sight, a run takes 30: hide or delete 1.').first().waitFor();
    expect(await dialog.count()).toBe(0);
  });
});
