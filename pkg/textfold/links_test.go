package textfold

import "testing"

var linkNames = []struct{ name, what string }{
	{"http://example.com", "http://example.com"},
	{"see https://example.com/a?b=c now", "https://example.com"},
	{"hxxps://example.com", "hxxps://example.com"},
	{"ftp://files.example.org", "ftp://files.example.org"},
	{"HTTP://EXAMPLE.COM", "HTTP://EXAMPLE.COM"},
	{"http：／／example．com", "http：／／example．com"},
	{`http:\\example.com`, `http:\\example.com`},
	{"http://1.2.3.4:8080/x", "http://1.2.3.4"},
	{"http://localhost:9000", "http://localhost"},
	{"http://safe.com@evil.com/", "http://safe.com@evil.com"},
	{"https://例子.测试", "https://例子.测试"},
	{"www.example.com", "www.example.com"},
	{"www.example.rs", "www.example.rs"},
	{"看片www.abc.top免费", "www.abc.top"},
	{"example.com", "example.com"},
	{"example.co.uk", "example.co.uk"},
	{"visit example.com.", "example.com"},
	{"看片abc.com免费", "abc.com"},
	{"Example.Com", "Example.Com"},
	{"EXAMPLE.XYZ", "EXAMPLE.XYZ"},
	{"Booking.com", "Booking.com"},
	{"163.com", "163.com"},
	{"t.me/abc", "t.me"},
	{"t.cn/Rabc", "t.cn"},
	{"bit.ly/abc", "bit.ly"},
	{"youtu.be/abc", "youtu.be"},
	{"user.github.io", "user.github.io"},
	{"docs.rs/serde", "docs.rs"},
	{"example。com", "example。com"},
	{"example｡com", "example｡com"},
	{"example．com", "example．com"},
	{"example点com", "example点com"},
	{"example點com", "example點com"},
	{"www点example点com", "www点example点com"},
	{"163点com", "163点com"},
	{"example dot com", "example dot com"},
	{"example DOT com", "example DOT com"},
	{"example[.]com", "example[.]com"},
	{"example(dot)com", "example(dot)com"},
	{"example【点】com", "example【点】com"},
	{"example . com", "example . com"},
	{"example .com", "example .com"},
	{"ｅｘａｍｐｌｅ.ｃｏｍ", "ｅｘａｍｐｌｅ.ｃｏｍ"},
	{"𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦", "𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦"},
	{"exam\u200Bple.c\u200Bom", "exam\u200Bple.c\u200Bom"},
	{"xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"},
	{"xn--fsqu00a.com", "xn--fsqu00a.com"},
	{"例子.中国", "例子.中国"},
	{"例子.中國", "例子.中國"},
	{"例子．公司", "例子．公司"},
	{"例子.网址", "例子.网址"},
	{"百度.com", "百度.com"},
	{"пример.рф", "пример.рф"},
	{"sub.domain.example.info", "sub.domain.example.info"},
	{"a.com", "a.com"},
	{"example.com.Thanks", "example.com"},
	{"hello.world", "hello.world"},
	{"last.fm", "last.fm"},
	{"Node.js at nodejs.org", "nodejs.org"},
}

var leadNowhere = []string{
	"README.md", "main.rs", "run.sh", "a.py", "ASP.NET", "VB.NET", "Learn .NET", ".NET", "Node.js", "Vue.js", "Next.js", "Three.js", "e.g.", "i.e.", "U.S.", "U.S.A.",
	"Dr.Who", "Mr.Robot", "v1.2.3", "No.1", "Vol.2", "3.14", "a.m.", "8 p.m.", "Ph.D.", "St.Petersburg", "Hello.World", "Hello. World", "Thanks.Me too",
	"will.i.am", "S.H.E", "D.Va", "let.it.be", "made.in", "sci.fi", "Socket.IO", "backup.zip", "clip.mov", "gradle.properties", "libc.so", "index.html", "archive.tar.gz",
	"id_rsa.pub", "user.name_at", "192.168.1.1", "IP 地址 192.168.1.1 的由来", "10.0.0.1:8080", "1.中国 2.美国", "一.公司", "我爱你。中国", "你好。公司", "例子.中国人",
	"音乐.游戏.购物", "下午三点公司见", "晚上八点top", "8点live", "上午9点in上海", "polka dot dress", "the dot com bubble", "connect the dots", "dot", "Pass the . please",
	"The end. Net result", "I love NBA。Top 10", "feat.DJ", "Dr.AI", "and/or", "TCP/IP", "http://", "http:// 的由来", "https 协议", "://", "name@example.com", "name@mail.example.com", "M'agradaria col·laborar. Com puc contactar?", "com.example.app",
	"...", "。。。", "等等...com", "a.b.c", "wait...what", "3.in", "12.am", "2.NET", "Yes/No", "co.uk", "com", "com.", "2024.05.01", "weekend hiking group.", "\xff.\xff", "",
	"Q.E.D.", "R.E.M.", "Inc.", "J.R.R. Tolkien", "8.8折", "1.5米", "周杰伦.演唱会", "作者：鲁迅。", "A。B", "点点", "一点点com", "F.I.R.", "AC/DC", "24/7",
}

func TestLink(t *testing.T) {
	for _, tt := range linkNames {
		what, found := Link(tt.name, nil)
		if what != tt.what || found != (tt.what != "") {
			t.Errorf("Link(%q) = %q, %v, want %q", tt.name, what, found, tt.what)
		}
	}
	for _, name := range leadNowhere {
		if what, found := Link(name, nil); found {
			t.Errorf("Link(%q) = %q, want none", name, what)
		}
	}
}

func TestLinkExcused(t *testing.T) {
	excused := []string{"example.com", "例子.中国"}
	for _, tt := range []struct{ name, what string }{
		{"example.com", ""},
		{"https://EXAMPLE.com/a", ""},
		{"www.example.com", ""},
		{"example点com", ""},
		{"a.b.example.com:80/x", ""},
		{"例子.中国", ""},
		{"http://me@example.com", ""},
		{"example.com and www.example.com", ""},
		{"example.com.", ""},
		{"badexample.com", "badexample.com"},
		{"example.com.evil.net", "example.com.evil.net"},
		{"http://example.com@evil.net", "http://example.com@evil.net"},
		{"http://example.com.evil.net", "http://example.com.evil.net"},
		{"example.com evil.net", "evil.net"},
		{"example.com/?u=http://evil.net", "http://evil.net"},
		{"example.org", "example.org"},
		{"坏例子.中国", "坏例子.中国"},
	} {
		what, found := Link(tt.name, excused)
		if what != tt.what || found != (tt.what != "") {
			t.Errorf("Link(%q) = %q, %v, want %q", tt.name, what, found, tt.what)
		}
	}
}

func TestHost(t *testing.T) {
	for _, tt := range []struct {
		written, host string
		ok            bool
	}{
		{"example.com", "example.com", true},
		{"Example.COM.", "example.com", true},
		{"例子.中國", "例子.中国", true},
		{"https://example.com", "", false},
		{"example.com/a", "", false},
		{"*.example.com", "", false},
		{"com", "", false},
		{"", "", false},
	} {
		if host, ok := Host(tt.written); ok != tt.ok || ok && host != tt.host {
			t.Errorf("Host(%q) = %q, %v, want %q, %v", tt.written, host, ok, tt.host, tt.ok)
		}
	}
}
