import type { SentenceId } from '../../../preload/contract/sentences.ts';

/** What the main process says, in Korean. */
export const sentencesKo: Readonly<Record<SentenceId, string>> = {
  'cause.EACCES': '접근 권한이 없습니다. 권한을 확인하세요',
  'cause.EBUSY': '다른 프로그램이 사용 중입니다',
  'cause.EDQUOT': '디스크 할당량을 다 썼습니다. 공간을 비우고 다시 시도하세요',
  'cause.EEXIST': '같은 이름이 이미 있습니다',
  'cause.EIO': '디스크에서 오류가 났습니다',
  'cause.EISDIR': '파일이 아니라 폴더입니다',
  'cause.EMFILE': '열린 파일이 너무 많습니다',
  'cause.ENAMETOOLONG': '이름이 너무 깁니다',
  'cause.ENOENT': '존재하지 않습니다',
  'cause.ENOSPC': '디스크가 가득 찼습니다. 공간을 비우고 다시 시도하세요',
  'cause.ENOTDIR': '경로의 일부가 폴더가 아니라 파일입니다',
  'cause.ENOTEMPTY': '같은 이름의 비어 있지 않은 폴더가 이미 있습니다',
  'cause.EPERM': '접근 권한이 없습니다. 권한을 확인하세요',
  'cause.EROFS': '읽기 전용 디스크입니다',
  'download.broke':
    '{{file}}: 연결이 {{times}}번 끊겼습니다({{reason}}). 나중에 다시 시작하면 멈춘 곳에서 이어집니다.',
  'download.choose': '내려받을 파일을 고르세요.',
  'download.diskFull':
    '{{path}}: 디스크가 가득 찼습니다. 공간을 비우고 다시 시작하면 멈춘 곳에서 이어집니다.',
  'download.gone': '그 내려받기는 이제 없습니다.',
  'download.noRoom':
    '{{folder}}: 받을 것이 {{toCome}}인데 여유 공간은 {{free}}입니다. 공간을 비우거나 ISAC_STUDIO_HOME을 더 큰 디스크의 폴더로 정하세요.',
  'download.outOfDate': '파일 목록이 오래되었습니다. 저장소를 다시 찾아보세요.',
  'download.twice': '{{name}}: 이미 내려받는 중입니다. 그 내려받기를 계속하거나 취소하세요.',
  'download.wrongHash':
    '{{file}}: 받은 것의 해시가 {{found}}인데 허브의 목록에는 {{listed}}(으)로 되어 있어 버렸습니다. 내려받기를 다시 시작하세요.',
  'drop.unusable':
    '{{name}}은(는) 사용할 수 없습니다. 여기서 만든 PNG, 레이아웃이나 COCO 파일(.json), 프로젝트(.isac.zip) 또는 그림을 놓으세요.',
  'file.change': '{{path}}을(를) 변경할 수 없습니다: {{cause}}.',
  'file.create': '{{path}}을(를) 만들 수 없습니다: {{cause}}.',
  'file.delete': '{{path}}을(를) 삭제할 수 없습니다: {{cause}}.',
  'file.export': '{{path}}을(를) 내보낼 수 없습니다: {{cause}}.',
  'file.held': '다른 프로그램이 {{path}}을(를) 변경하는 중입니다. 잠시 후 다시 시도하세요.',
  'file.import': '{{path}}을(를) 가져올 수 없습니다: {{cause}}.',
  'file.keepResult': '{{path}}에 결과를 저장할 수 없습니다: {{cause}}.',
  'file.open': '{{path}}을(를) 열 수 없습니다: {{cause}}.',
  'file.read': '{{path}}을(를) 읽을 수 없습니다: {{cause}}.',
  'file.readBackdrop': '배경 그림 {{path}}을(를) 읽을 수 없습니다: {{cause}}.',
  'file.readSource': '시작 그림 {{path}}을(를) 읽을 수 없습니다: {{cause}}.',
  'file.receive': '{{path}}을(를) 받을 수 없습니다: {{cause}}.',
  'file.rename': '{{path}}의 이름을 바꿀 수 없습니다: {{cause}}.',
  'file.restore': '{{path}}을(를) 되돌릴 수 없습니다: {{cause}}.',
  'file.save': '{{path}}을(를) 저장할 수 없습니다: {{cause}}.',
  'hub.badName': '"{{name}}"은(는) 허브의 모델 이름이 아닙니다. 모델 이름은 소유자/이름 꼴입니다.',
  'hub.badProxy': '프록시 "{{proxy}}"은(는) http://proxy.example:3128 같은 주소가 아닙니다.',
  'hub.disabled': '{{what}}: 허브에서 사용이 중지된 모델입니다({{status}}). 다른 모델을 고르세요.',
  'hub.licenceFirst':
    '{{what}}: 먼저 라이선스에 동의해야 합니다({{status}}). {{page}}에서 동의한 뒤 그 계정의 토큰을 넣으세요(HF_TOKEN 또는 스튜디오의 허브 설정).',
  'hub.gatedYet':
    '{{what}}: 토큰의 계정에 아직 접근 권한이 없습니다({{status}}). {{page}}에서 라이선스에 동의하고, 소유자가 직접 승인하는 경우에는 기다렸다가 다시 시도하세요.',
  'hub.noFile': '{{what}}: 이제 {{page}}에 없습니다({{status}}). 모델을 다시 찾아보세요.',
  'hub.noModel': '{{what}}: {{endpoint}}에 그런 모델이나 그런 버전이 없습니다.',
  'hub.noVersion':
    '{{what}}: {{page}}에 그런 버전이 없습니다({{status}}). 다른 브랜치, 태그, 커밋을 지정하세요.',
  'hub.patience': '{{what}}: 허브에 요청이 너무 많습니다(429). {{when}} 다시 시도하세요.',
  'hub.patienceOrToken':
    '{{what}}: 허브에 요청이 너무 많습니다(429). {{when}} 다시 시도하거나 토큰을 넣으세요.',
  'hub.refused':
    '{{what}}: 허브가 접근을 거부합니다({{status}}). 그런 모델이 없거나, {{page}}에서 라이선스에 동의하고 토큰을 넣어야 합니다(HF_TOKEN 또는 스튜디오의 허브 설정).',
  'hub.tokenRefused':
    '{{what}}: 허브가 토큰을 받아들이지 않습니다({{status}}). {{endpoint}}/settings/tokens에서 새로 만들거나 토큰을 지우세요(HF_TOKEN 또는 스튜디오의 허브 설정). 공개 모델에는 필요 없습니다.',
  'hub.trouble': '{{what}}: {{endpoint}}에서 오류로 응답합니다({{status}}). 나중에 다시 시도하세요.',
  'hub.unreachable':
    '{{name}}: {{endpoint}}에 연결할 수 없습니다({{reason}}). 네트워크를 확인하거나 프록시(HTTPS_PROXY) 또는 미러(HF_ENDPOINT)를 지정하세요.',
  'model.stays': '모델 "{{id}}"은(는) 프로그램에 들어 있어 제거할 수 없습니다.',
  'model.twice': '{{path}}: 이미 라이브러리에 "{{id}}"(으)로 있습니다.',
  'model.unknown': '라이브러리에 모델 "{{id}}"이(가) 없습니다(있는 모델: {{known}}).',
  'project.badName': '"{{name}}"은(는) 프로젝트 이름으로 쓸 수 없습니다.',
  'project.elsewhere': '이 프로젝트는 다른 창에서 열려 그곳에서 변경됩니다.',
  'project.exists': '{{path}}이(가) 이미 있습니다. 다른 이름을 고르세요.',
  'project.gone': '{{path}}이(가) 옮겨졌거나 삭제되었습니다. 프로젝트를 다른 이름으로 저장하세요.',
  'project.notOpen': '이 프로젝트는 이제 열려 있지 않습니다. 다시 여세요.',
  'project.taken':
    '그사이 다른 프로그램이 {{path}}을(를) 열었습니다. 이 프로젝트를 다른 이름으로 저장하세요.',
  'project.vanished': '{{path}}이(가) 없습니다. 옮겨졌거나 이름이 바뀌었거나 삭제되었습니다.',
  'queue.full':
    '대기열에 작업이 {{queued}}개 있으며 최대 {{most}}개까지 넣을 수 있습니다. 몇 개가 끝날 때까지 기다리거나 취소하세요.',
  'result.damaged': '결과 {{id}}을(를) 표시할 수 없습니다. {{file}}이(가) 없거나 손상되었습니다.',
  'run.readOnly': '{{path}}에 쓸 수 없습니다. 실행하기 전에 다른 이름으로 저장하세요.',
  'run.unkept': '{{why}} 결과는 메모리에 있으며 프로젝트를 저장할 수 있게 되면 바로 저장됩니다.',
  'source.missing': '시작 그림 {{image}}이(가) 프로젝트에 없습니다. 설정에서 제거하거나 다시 고르세요.',
  'upload.gone': '보낸 파일이 이제 없습니다. 다시 보내세요.',
  'when.later': '나중에',
  'when.seconds': '{{seconds}}초 뒤에',
};
