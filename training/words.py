"""A small byte-level BPE vocabulary in CLIP's file format, trained on the captions' words, and its tokenizer."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from transformers import CLIPTokenizer
from transformers.models.clip.tokenization_clip import bytes_to_unicode

from scenes import vocabulary_words

LENGTH = 64
BOS, EOS = '<|startoftext|>', '<|endoftext|>'


def train_merges(words: list[str]) -> list[tuple[str, str]]:
    """Plain BPE until every word is one token. Encoding with these merges in order repeats the training's steps."""
    split = [list(w[:-1]) + [w[-1] + '</w>'] for w in words]
    merges = []
    while any(len(parts) > 1 for parts in split):
        pairs = Counter(pair for parts in split for pair in zip(parts, parts[1:]))
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        for i, parts in enumerate(split):
            out, j = [], 0
            while j < len(parts):
                if j + 1 < len(parts) and (parts[j], parts[j + 1]) == best:
                    out.append(parts[j] + parts[j + 1])
                    j += 2
                else:
                    out.append(parts[j])
                    j += 1
            split[i] = out
    return merges


def write_tokenizer(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    letters = list(bytes_to_unicode().values())
    merges = train_merges(vocabulary_words())
    tokens = letters + [c + '</w>' for c in letters] + [''.join(m) for m in merges] + [BOS, EOS]
    assert len(set(tokens)) == len(tokens)
    (folder / 'vocab.json').write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False), encoding='utf-8')
    (folder / 'merges.txt').write_text('#version: 0.2\n' + '\n'.join(' '.join(m) for m in merges) + '\n', encoding='utf-8')
    token = {'lstrip': False, 'normalized': True, 'rstrip': False, 'single_word': False}
    special = {'bos_token': {'content': BOS, **token}, 'eos_token': {'content': EOS, **token},
               'pad_token': EOS, 'unk_token': {'content': EOS, **token}}
    (folder / 'special_tokens_map.json').write_text(json.dumps(special, indent=2) + '\n')
    config = {
        'add_prefix_space': False, 'bos_token': {'__type': 'AddedToken', 'content': BOS, **token}, 'do_lower_case': True,
        'eos_token': {'__type': 'AddedToken', 'content': EOS, **token}, 'errors': 'replace', 'model_max_length': LENGTH,
        'pad_token': EOS, 'tokenizer_class': 'CLIPTokenizer',
        'unk_token': {'__type': 'AddedToken', 'content': EOS, **token},
    }
    (folder / 'tokenizer_config.json').write_text(json.dumps(config, indent=2) + '\n')


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(str(folder))
