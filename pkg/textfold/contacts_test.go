package textfold

import "testing"

// contactNames are names with a contact, and what is found in them.
var contactNames = []struct{ name, what string }{
	// Numbers.
	{"13800138000", "13800138000"},
	{"call 1234568", "1234568"},
	{"138 0013 8000", "138 0013 8000"},
	{"138-2019-2020", "138-2019-2020"},
	{"１３８００１３８０００", "１３８００１３８０００"},
	{"①③⑧⓪⓪①③⑧⓪⓪⓪", "①③⑧⓪⓪①③⑧⓪⓪⓪"},
	{"❶❸❽❺❻❶❸", "❶❸❽❺❻❶❸"},
	{"1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣", "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8\uFE0F"},
	{"一三八零零一三八零零零", "一三八零零一三八零零零"},
	{"電話 壹叁捌零零壹叁捌", "壹叁捌零零壹叁捌"},
	{"幺三八〇〇幺三八", "幺三八〇〇幺三八"},
	{"1三8〇〇①3８", "1三8〇〇①3８"},
	{"1😀3😀8😀0😀0😀1😀3", "1😀3😀8😀0😀0😀1😀3"},
	{"1.3.8.0.0.1.3.8", "1.3.8.0.0.1.3.8"},
	{"群号：628 4471 93", "群号：628 4471 93"[len("群号："):]},
	{"+86 138 0013 8000", "86 138 0013 8000"},
	{"𝟏𝟑𝟖𝟎𝟎𝟏𝟑", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑"},
	{"٠١٢٣٩٨٧٦", "٠١٢٣٩٨٧٦"},
	{"2024 年新片 7312849", "7312849"},
	{"1\u200B3\u200B8\u200B0\u200B0\u200B1\u200B3", "1\u200B3\u200B8\u200B0\u200B0\u200B1\u200B3"},
	{"⑬⑧⑩⑪③⑤", "⑬⑧⑩⑪③⑤"},
	{"¥13800138000", "13800138000"},
	// Adding words and signs.
	{"加V", "加V"},
	{"加v看片", "加v"},
	{"看片➕薇", "➕薇"},
	{"+QQ", "+QQ"},
	{"资源＋Ｑ", "＋Ｑ"},
	{"加🐧号", "加🐧"},
	{"加我微信", "加我微信"},
	{"加个vx", "加个vx"},
	{"加微信领资料", "加微信"},
	{"添加微信好友", "加微信"},
	{"加下客服威信", "加下客服威信"},
	{"加-微-信", "加-微-信"},
	{"加維信", "加維信"},
	{"加薇❤", "加薇❤"},
	{"加Q群", "加Q"},
	{"加微", "加微"},
	{"加扣扣聊", "加扣扣"},
	{"加✈️看片", "加✈️"},
	{"加 V 进群", "加 V"},
	{"jia wei xin", "jia wei xin"},
	{"jiaweixin", "jiaweixin"},
	{"jia vx", "jia vx"},
	{"加telegram", "加telegram"},
	// Channels with an id.
	{"V信：abcd88", "V信：abcd88"},
	{"tg @name", "tg @name"},
	{"TG@some_name", "TG@some_name"},
	{"QQ群 12345", "QQ群 12345"},
	{"QQ群：12345", "QQ群：12345"},
	{"vx abc123", "vx abc123"},
	{"wx: zhangsan", "wx: zhangsan"},
	{"微信号 foo_bar1", "微信号 foo_bar1"},
	{"微信：zhangsan", "微信：zhangsan"},
	{"薇信abc-d88", "薇信abc-d88"},
	{"telegram: some_name", "telegram: some_name"},
	{"Line: abc1234", "Line: abc1234"},
	{"抖音号 abc123", "抖音号 abc123"},
	{"v: abc888", "v: abc888"},
	{"扣扣 12345", "扣扣 12345"},
	// E-mail.
	{"name@example.com", "name@example.com"},
	{"write to a.b+c@mail.example.co.uk now", "a.b+c@mail.example.co.uk"},
	{"name＠example．com", "name＠example．com"},
	{"name @ example.com", "name @ example.com"},
	{"name at example dot com", "name at example dot com"},
	{"name [at] example [dot] com", "name [at] example [dot] com"},
	{"abc@qq", "abc@qq"},
	{"联系abc@163.com", "abc@163.com"},
}

// reachNobody are names in which a contact was looked for in vain.
var reachNobody = []string{
	// Dates and times.
	"2024-05-01", "2024年5月1日", "20240501", "01/05/2024", "2024-05-01 ~ 2024-05-07", "2024.05.01-2024.05.07", "20240501-20240507", "5/1-5/7 2024",
	"1998-2017", "锵锵三人行（1998-2017）", "第 42 期（20190201）", "第20190201期", "12:30-14:30", "0900-1800", "2024-05-01 12:30:45", "二〇二四年五月一日",
	"2023-2024 2024-2025 赛季", "2024 10 km", "20240501123000", "周一至周五 9:00~18:00，周六 10:00~17:00",
	// Addresses, versions, prices, sizes.
	"192.168.1.1", "192.168.10.100", "IP 地址 192.168.1.1 的由来", "10.0.0.1:8080", "10.0.19041.1", "v1.2.3", "Chrome 138.0.7204.96",
	"¥1,299,000", "$1,000,000", "1000000元", "1,299,000", "1 000 000 subscribers", "€ 2.500.000", "1234500 USD", "1000000 粉丝", "1920×1080", "3.14159265",
	"39.9042, 116.4074",
	// Counting and luck.
	"三三两两", "一二三四", "一二三四五六七", "1234567", "6666666", "老铁 8888888", "1、3、5、7、9、11、13", "100/200/400/800", "10 9 8 7 6 5 4 3 2 1", "110、119、120",
	"ISBN 978-7-02-000872-8", "ISBN: 9787020008728", "arXiv:2401.12345", "CAS 7732-18-5",
	"iPhone 15", "iPhone 15 2024", "Top 100 2024", "100 米 200 米 400 米", "996 007", "一千二百三十四万", "三五好友，七八个星", "H2O2 C6H12O6", "CVE-2024-12345",
	// Channels that are not offered.
	"维生素C", "QQ音乐", "WeChat developers", "Telegram bots", "添加微量元素", "加威", "加维", "1+1", "C++", "Google+", "加V8引擎", "VIP", "加VIP", "加油", "加拿大",
	"参加QQ音乐节", "增加微信支付", "加QQ音乐", "加微信小程序", "加Q版头像", "加V领毛衣", "微博加V", "加V认证", "Ctrl+V", "Ctrl + V", "C++ Q群", "加薇娅", "加微软",
	"加微辣", "加微波炉", "加line art", "微信支付 2024", "微信 8.0.49", "微信：大家好", "QQ飞车2024", "QQ 2024", "QQ 10000 members", "微信 10000人群", "Line 6", "line drawing",
	"Season V: Return", "Rocky V: abcdef", "Q: what is love", "Q&A: questions", "Telegram: news and updates", "WeChat: developers' guide", "TV: abc123", "BBQ: recipes",
	"微信公开课", "飞机票", "坐飞机去看海", "微生物", "加飞机票", "企鹅岛", "球球大作战", "电报机的历史", "Line @ Bangkok", "wx python3", "微信 android14", "Live @ the roof",
	"@everyone", "Look at this dot", "Meet at booking.com", "weekend hiking group for beginners", "周末徒步新手群欢迎大家一起来玩吧", "jiangxi", "jia you", "", "\xff",
}

func TestContact(t *testing.T) {
	for _, tt := range contactNames {
		what, found := Contact(tt.name)
		if what != tt.what || found != (tt.what != "") {
			t.Errorf("Contact(%q) = %q, %v, want %q", tt.name, what, found, tt.what)
		}
	}
	for _, name := range reachNobody {
		if what, found := Contact(name); found {
			t.Errorf("Contact(%q) = %q, want none", name, what)
		}
	}
}
