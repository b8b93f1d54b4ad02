/** English and Korean for the canvas; merged into the one catalogue of the studio. */
export const canvasStrings = {
  en: {
    'canvas.label': 'Layout canvas',
    'canvas.description':
      'Draw boxes with the pointer. N walks through the boxes, arrows move, Enter edits the phrase.',
    'canvas.phrase': 'Phrase of the box',
    'canvas.phrasePlaceholder': 'What is in this box?',
  },
  ko: {
    'canvas.label': '레이아웃 캔버스',
    'canvas.description':
      '포인터로 상자를 그립니다. N으로 상자를 차례로 선택하고 화살표로 옮기고 Enter로 문구를 편집합니다.',
    'canvas.phrase': '상자의 문구',
    'canvas.phrasePlaceholder': '이 상자에는 무엇이 있나요?',
  },
} as const;
