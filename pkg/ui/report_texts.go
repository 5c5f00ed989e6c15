package ui

import "topicgate/pkg/history"

// chinese is what a report says in Chinese: all that history.English has.
var chinese = history.Texts{
	"lang": "zh-CN", "title": "运行报告", "utc": "所有时间均为 UTC。",
	"decisions": "%d 个决定", "period": "%s 至 %s", "people": "%d 人",
	"totals":   "允许 %d 个，拒绝 %d 个，另有 %d 个因演练而允许、本会拒绝",
	"policies": "规则版本：%s", "policy": "%s（%d）", "no policy": "无", "versions": "程序版本：%s", "modes": "模式：%s",
	"skipped": "跳过：%s", "skip": "%d 个 %s", "and more": "还有 %d 个", "next": "下一步：",

	"look": "需要留意的", "nothing": "没有异常。", "notes": "本报告不含的内容",
	"days": "按日", "hours": "按小时", "hours of the day": "按一天中的时刻", "rules": "按规则", "reasons": "按原因",
	"words": "规则命中的内容", "names": "名称", "operators": "创建者", "unused": "从未命中的",
	"silences": "静默时段", "latency": "决定耗时（Chat 等待 2 秒）", "service": "服务本身",

	"rule": "规则", "default": "默认", "reason": "原因", "word": "命中", "name": "名称", "operator": "创建者", "day": "日期", "hour": "小时",
	"times": "次数", "disguised": "变体", "allowed": "允许", "refused": "拒绝", "tried": "本会拒绝", "flagged": "标记",
	"all": "全部", "what": "内容", "from": "起", "until": "止", "expected": "预期", "first": "首次", "last": "末次",
	"persons": "人数", "in an hour": "一小时内", "became": "结果", "not told": "（未显示）", "numbers": "数据",
	"took": "耗时", "up to": "不超过 %s", "over": "超过 %s", "every": "所有决定", "cold": "冷启动",

	"day picture": "按日统计，%s：单日最多 %d 个", "hour picture": "按小时统计，%s：一小时最多 %d 个",

	"find broken starts": "有 %d 次启动时配置有错，未能按规则判断。",
	"find undecidable":   "有 %d 个回调无法判断（%s），由 on_error 作答。",
	"find late":          "有 %d 个决定超过了 Chat 等待的 2 秒（最长 %s）：无论结果如何，话题可能已经创建。",
	"find slow":          "每一百个决定中有一个耗时 %s 或更久，而 Chat 只等待 2 秒。",
	"find reloads":       "有 %d 次配置更改被拒绝，沿用了上一个正确版本，最近一次：%s",
	"find stale":         "有 %d 个决定依据的规则未能及时更新（最长 %s）。",
	"find quotas":        "有 %d 个决定未能查询配额。",
	"find dropped":       "有 %d 行日志因无人及时读取而丢失：本报告缺少它们。",
	"find unchecked":     "回调带有签名，却没有设置用于校验的 token：任何人都能冒充 Chat。",
	"find strangers":     "有 %d 个回调并非来自您的应用（%s）。",
	"find relays":        "有 %d 个转发的回调失败。",
	"find silence":       "从 %s 到 %s 没有任何决定，而按往常应有约 %d 个。",
	"find raid":          "%[3]s 在一小时内%[5]s，涉及 %[1]d 人，%[2]s：可能是刷屏。",
	"find innocent":      "%[3]s 在 %[4]d 天内%[5]s，涉及 %[1]d 人，%[2]s：可能是误伤。",
	"find more names":    "另有 %d 个名称被许多人使用而遭拒绝。",
	"find person":        "%[2]s 被拒绝了 %[1]d 次。",
	"find dry run":       "目前处于演练模式：不拒绝任何人，本会拒绝 %d 个。",
	"find trial":         "规则 %[2]s 在试用中，在 %[3]d 个决定中本会拒绝 %[1]d 个。",
	"find flag":          "规则 %[2]s 在 %[3]d 个决定中标记了 %[1]d 个。",
	"find slipped":       "有 %d 个话题虽被规则拒绝，却已存在。",
	"find unused rules":  "有 %d 条规则从未命中：%s。",
	"find unused words":  "规则中的词有 %d 个（共 %d 个）从未命中。",
	"find freeze":        "冻结期间拒绝了 %d 个。",

	"fact starts": "启动", "fact broken starts": "配置有错的启动", "fact reloads": "运行中的更改",
	"fact refused reloads": "被拒绝的更改", "fact dropped": "丢失的日志行", "fact unchecked": "未校验签名的警告",
	"fact relay failures": "失败的转发", "fact stale": "依据过期规则的决定",
	"fact quota failures": "未能查询配额的决定", "fact reviews": "复查", "fact reviews refused": "复查中规则拒绝的",
	"fact slipped": "虽被规则拒绝却已存在的话题",

	"kind refused": "拒绝", "kind would be refused": "本会拒绝", "kind flagged": "标记",
	"empty": "（空）", "scale": "最多 %d", "the whole rule": "（整条规则）", "longest": "最长",

	"one name": "某个名称", "no name": "空名称", "was refused": "被拒绝", "was would be refused": "本会被拒绝", "one person": "某人",

	"note names":     "未显示名称；选择“显示名称”即可显示。",
	"note operators": "未显示创建者；选择“显示创建者”即可显示。",
	"note hashed":    "有 %d 个决定的名称与创建者经过散列：可以区分，但无法阅读。",
	"note withheld":  "有 %d 个决定不含任何个人信息。",
	"note unknown":   "日志中命中的内容经过散列或省略，因此无法得知哪些词从未命中。",
	"note no policy": "没有可用的规则：无法得知其中哪些从未命中。",
	"note other":     "当前规则（%s）在这些日志中未作任何决定：从未命中的结论仅供参考。",
	"note part":      "当前规则作出了 %d 个决定（共 %d 个）：从未命中的结论针对全部决定。",
	"note forgot":    "不同的%s过多，无法全部保留：少见的被略去，个别计数可能偏低。",
	"note long":      "图中只显示最近 %d 天与最近 %d 小时。",
	"note untold":    "规则 %s 做过标记或在试运行，日志并不总是记下它匹配了哪个词：因此不说它的哪些词从未匹配。",
	"note first":     "一个名称含有多个词时，日志只记录第一个。",
}
