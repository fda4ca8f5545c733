// Every refusal by its code, with the words for it in both languages: nothing else makes up an error.

/** A text in both languages of the product. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** Every way in which something from outside is refused or set aside. */
export const faults = {
  MESSAGE_BAD_JSON: { zh: "报文不是合法 JSON", en: "The payload is not JSON" },
  MESSAGE_BAD_SHAPE: { zh: "报文结构不符", en: "The payload does not have the documented shape" },
  MESSAGE_TOO_LARGE: { zh: "报文过大", en: "The payload is larger than 256 KiB or 10,000 objects" },
  MESSAGE_NOT_UTF8: { zh: "报文不是 UTF-8", en: "The payload is not UTF-8 text" },
  FRAME_BROKEN: { zh: "报文帧损坏", en: "A frame whose length or checksum is wrong, or bytes outside of any frame" },
  BIRTH_MISSING: { zh: "缺少上线报文", en: "Data of which no birth message is known: the gateway is asked for it" },
  TOPIC_UNKNOWN: { zh: "主题不符合约定", en: "The topic does not follow the grammar" },
  TOPIC_NOT_ALLOWED: { zh: "主题不属于该设备", en: "The topic does not belong to this device" },
  TOPIC_SHARED: {
    zh: "主题不能说明是哪台设备：请为其设定专用主题，或接入内置代理",
    en: "The topic does not say which device speaks: give it a topic of its own, or connect it to the embedded broker",
  },
  CLIENT_NOT_ALLOWED: { zh: "设备凭据无效", en: "The device's credential is not valid" },
  CLIENT_BAD_NAME: { zh: "客户端标识不合法", en: "The client id, user name or topic has forbidden characters" },
  CLIENT_FLAPPING: {
    zh: "设备反复重连，暂停接入",
    en: "The device connects again and again: refused for a while",
  },
  CLIENT_OVER_RATE: {
    zh: "设备发送过快，暂缓接收（不丢失）",
    en: "The device sends faster than it may: held back, nothing is lost",
  },
  TRIAL_NOT_HEARD: { zh: "试接入报文无人接收", en: "A message of a device on trial, and no trial that hears it" },
  SITE_UNKNOWN: { zh: "站点未登记", en: "The site is not in the register" },
  DEVICE_UNKNOWN: { zh: "设备未登记", en: "The device is not in the register" },
  SAMPLE_UNKNOWN_POINT: { zh: "测点未登记", en: "The point is not in the register" },
  SAMPLE_BAD_NAME: { zh: "测点名不合法", en: "The point code has forbidden characters" },
  SAMPLE_WRONG_TYPE: { zh: "值类型不符", en: "The value is neither a number nor a boolean" },
  SAMPLE_NOT_FINITE: { zh: "值不是有限数", en: "The value is not a finite number" },
  SAMPLE_BAD_TIME: { zh: "时间戳不合法", en: "The time stamp is not epoch milliseconds" },
  SAMPLE_TOO_OLD: { zh: "时间戳过早", en: "The time stamp lies before the year 2000" },
  SAMPLE_IN_FUTURE: { zh: "时间戳超前", en: "The time stamp is more than 60 s ahead of the server" },
  SAMPLE_LATE: { zh: "迟到样本", en: "Older than the newest judged sample of its point: stored, not judged" },
  SAMPLE_HISTORICAL: { zh: "历史补传样本", en: "Sent as a value of the past: stored, not judged live" },
  SAMPLE_DUPLICATE: { zh: "重复样本", en: "The same sample came again" },
  SAMPLE_CONFLICT: { zh: "同一时刻值不同", en: "Another value for a time that is already known" },
  SAMPLE_OUT_OF_RANGE: { zh: "超出量程", en: "Outside the sensor's range: stored as bad" },
  SAMPLE_SATURATED: { zh: "超量程（危险侧）", en: "Over range on the dangerous side, by its value or its device" },
  SAMPLE_FLAGGED: { zh: "设备标为可疑", en: "The device itself calls the value suspect" },
  SAMPLE_OUTSIDE_OPERATOR: { zh: "超出运行范围", en: "Outside the operator's range: suspect" },
  SAMPLE_SPIKE: { zh: "跳变", en: "Far from the value before, and not confirmed yet: suspect" },
  SAMPLE_TOO_FAST: { zh: "变化过快", en: "Changed faster than its point can, and not confirmed yet: suspect" },
  SAMPLE_FLAT: { zh: "读数不变", en: "The value has not moved for too long: suspect" },
  SAMPLE_ATTENUATED: { zh: "信号衰减", en: "The signal moves less than its point ever does: suspect" },
  SAMPLE_AFTER_GAP: { zh: "间断后首个样本", en: "The first sample of its point after a gap" },
  UNIT_MISMATCH: { zh: "单位不符", en: "The unit cannot be converted to the register's" },
  SEQUENCE_GAP: { zh: "序号缺失", en: "The device's sequence number jumped: messages are missing" },
  MESSAGE_REPEATED: { zh: "报文重复", en: "The device's sequence number came again" },
  HISTORIAN_REFUSED: { zh: "历史库拒收样本", en: "The historian will never take the row; the journal keeps it" },
  AMENDMENT_UNFIT: { zh: "补录步骤不适用", en: "A step found by judging in order does not fit the record: left out" },
  ACK_UNEXPECTED: { zh: "设备确认了未下发的指令", en: "The device acknowledged an order that does not stand" },
  COMMAND_INVALID: { zh: "指令不合法", en: "The command does not fit its schema" },
  ALARM_NOT_FOUND: { zh: "报警不存在", en: "There is no such alarm" },
  ALARM_CHANGED: { zh: "报警已变化，请看最新状态", en: "The alarm has changed since it was shown" },
  ALARM_NOT_ACKNOWLEDGEABLE: { zh: "本级无需应答", en: "This tier owes no answer to this alarm now" },
  ALARM_NOT_RESETTABLE: { zh: "尚不能复位", en: "The alarm is not latched, still abnormal or not yet acknowledged" },
  REASON_REQUIRED: { zh: "须填写理由", en: "A reason is required" },
  SHELVE_NOT_ALLOWED: {
    zh: "异常期间不得搁置、抑制或停用：红色、锁存、满溢、漫顶",
    en: "No mark while abnormal: red, latched, overfill or overtopping",
  },
  MARK_STANDS: { zh: "该标记已在", en: "This mark stands already: end it first" },
  MARK_NOT_FOUND: { zh: "没有该标记", en: "There is no such mark" },
  MARK_TOO_LONG: {
    zh: "时间过长：搁置至多 8 h，停用至多 7 d",
    en: "Too long: shelved 8 h at most, out of service 7 d",
  },
  APPROVER_REQUIRED: { zh: "须另一人批准", en: "Another person must approve this" },
  APPROVER_NOT_ALLOWED: {
    zh: "批准人不符：须为另一人，停用须上一级",
    en: "Not the right approver: another person, for out of service one of the tier above",
  },
  ALARM_NOT_RETURNABLE: {
    zh: "不能人工恢复：仅限红色以下且测点失效、中断、停用或规则已变更，且复测未越限",
    en: "Not to be returned by hand: only below red where the point is bad, silent or out of service, or the rule changed, and the measurement lies within the limits",
  },
  INCIDENT_NOT_FOUND: { zh: "事件不存在", en: "There is no such incident" },
  INCIDENT_CHANGED: { zh: "事件已变化，请看最新状态", en: "The incident has changed since it was shown" },
  INCIDENT_STEP_NOT_DUE: {
    zh: "尚不能进行此步骤：须按次序，且前一步已完成",
    en: "This step cannot be taken now: the steps come in their order, each once",
  },
  INCIDENT_NOT_ARCHIVABLE: {
    zh: "不能归档：红、橙报警仍在，或步骤、证据不全",
    en: "Not to be archived: a red or orange alarm is active, or steps or evidence are missing",
  },
  INCIDENTS_FULL: {
    zh: "未归档事件过多，新报警未能立案（报警不受影响）",
    en: "Too many incidents are open: an alarm has none until some are archived; the alarm itself stands",
  },
  ATTACHMENT_NOT_FOUND: { zh: "附件不存在，请先上传", en: "There is no such file: upload it first" },
  ATTACHMENT_INVALID: {
    zh: "附件不合格：至多 10 MiB，图片、PDF、表格或文本",
    en: "The file does not fit: at most 10 MiB; pictures, PDF, tables or text",
  },
  STORAGE_FULL: { zh: "磁盘空间不足，未保存", en: "There is no room on the disk: the file was not kept" },
  NOTHING_TO_SILENCE: { zh: "当前无声可消", en: "Nothing sounds now" },
  RULE_CHANGED: {
    zh: "规则已有同号或更新的版本，请查看后重新起草",
    en: "The rule has a version of this number or a higher one: look at it and draft anew",
  },
  RULE_INVALID: { zh: "规则版本不合格", en: "The version does not pass the checks of a rule" },
  RULE_IN_THE_PAST: {
    zh: "生效时间已过：不得改变已作出的判断",
    en: "Valid from a time that has passed: judgements that were made stay as they are",
  },
  RULE_NOT_ANNOUNCED: { zh: "须先查看启用后果", en: "Look first at what enabling it will do" },
  RULE_ANNOUNCEMENT_CHANGED: {
    zh: "启用后果已变化，请重新查看",
    en: "It would now do something else than was announced: look again",
  },
  RULE_NOT_BACK_TESTED: {
    zh: "须先回测：时长足够，且在 7 天以内",
    en: "Not tested against the past over enough time within the last 7 days",
  },
  DRAFT_CHANGED: {
    zh: "草稿已被他人修改或删除，请重新打开",
    en: "The draft was saved or thrown away by somebody else meanwhile: open it anew",
  },
  BACKTEST_RUNS: {
    zh: "已有一项回测正在进行，请等它结束或取消",
    en: "Another back-test runs: wait until it is done, or cancel it",
  },
  SHADOWS_FULL: {
    zh: "影子运行至多 4 项，请先停止其中一项",
    en: "Four shadows run already: stop one of them first",
  },
  CLIENT_CUT_OFF: { zh: "试验期间由平台断开", en: "Cut off by its trial for now" },
  TRIAL_RUNS: { zh: "该设备的试验正在进行", en: "This device is on trial already" },
  TRIAL_NOT_POSSIBLE: {
    zh: "该设备已开通或已停用，无法试验",
    en: "Only a device that is not open yet, and not retired, can be on trial",
  },
  TRIAL_NEEDS_BROKER: {
    zh: "本系统使用外部 MQTT 服务器，无法进行接入试验：请管理员凭理由开通设备",
    en: "Trials need the embedded broker, and this system uses an external one: ask an administrator to open the device with a reason",
  },
  MEASUREMENT_REQUIRED: { zh: "须填写第二次测量", en: "A second measurement is required" },
  NOT_ALLOWED: { zh: "无权操作", en: "This person may not do this" },
  NOT_LOGGED_IN: { zh: "未登录", en: "Please log in" },
  LOGIN_FAILED: { zh: "用户名或密码错误", en: "Wrong name or password" },
  TOO_MANY_ATTEMPTS: { zh: "尝试过多，请稍后再试", en: "Too many attempts: wait a while" },
  NAME_INVALID: { zh: "名称含不允许的字符", en: "The name has forbidden characters" },
  NAME_TAKEN: { zh: "名称已被使用", en: "This name is taken" },
  PASSWORD_INVALID: { zh: "密码须为 12 至 128 个字符", en: "A password has 12 to 128 characters" },
  PASSWORD_COMMON: { zh: "密码太容易被猜到，请换一个", en: "This password is easily guessed: choose another" },
  LAST_ADMINISTRATOR: { zh: "不得去掉最后一位管理员", en: "The last administrator has to stay" },
  WALL_UNKNOWN: { zh: "大屏令牌无效或已吊销", en: "No wall has this token" },
  WALL_BOUND: { zh: "该大屏已绑定另一浏览器", en: "This wall belongs to another browser" },
  JOURNAL_UNAVAILABLE: { zh: "日志无法写入，未执行", en: "The journal cannot be written: nothing was done" },
  ENTRY_INVALID: { zh: "登记内容不合格", en: "The entry does not fit" },
  ENTRY_TAKEN: { zh: "该标识已登记", en: "This name is in the register already" },
  ENTRY_RETIRED: { zh: "该登记已停用", en: "This entry is retired" },
  CERTIFICATE_TAKEN: { zh: "该证书已绑定其他设备", en: "This certificate is pinned to a device already" },
  TABLE_INVALID: { zh: "表格有误，未导入任何一行", en: "The table has faults: nothing was entered" },
  EVIDENCE_TOO_LARGE: {
    zh: "证据包过大：请缩小时间窗",
    en: "The pack of evidence would be too large: ask for a smaller window",
  },
  EVIDENCE_RECORD_DAMAGED: {
    zh: "原始记录受损，不能出具证据：请运行 verify",
    en: "The record is damaged there and proves nothing: run verify",
  },
  QUERY_TOO_LARGE: {
    zh: "查询过大：请缩短时间、减少测点，或改用更粗的汇总",
    en: "The question is too large: ask for less time, fewer points, or coarser buckets",
  },
  FEED_TOO_OLD: {
    zh: "该位置之后的步骤已不再保留：请从头接续",
    en: "What follows this place is kept no more: begin anew",
  },
  EMBED_UNKNOWN: { zh: "访问令牌无效、已过期或已吊销", en: "This token opens nothing: unknown, over, or revoked" },
  QUERY_INVALID: { zh: "查询不合法", en: "The query does not fit its schema" },
  NOT_FOUND: { zh: "未找到", en: "Not found" },
  OVERLOADED: { zh: "系统繁忙", en: "Too much is waiting: try again" },
} as const satisfies Record<string, Text>;

/** A code of the fault catalogue. */
export type FaultCode = keyof typeof faults;

/** One refusal: its code and the first characters of what was refused. */
export interface Refusal {
  readonly code: FaultCode;
  readonly example: string;
}

/** A fault counted: how often, when last, and one example. */
export interface FaultCount extends Refusal {
  readonly count: number;
  readonly lastAt: number;
}
