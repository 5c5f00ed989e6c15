package textfold

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// vietnamese are names of people and places and words of every day, each with a mark.
const vietnamese = `
Nguyễn Trần Lê Phạm Hoàng Huỳnh Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Lương Trịnh Đoàn Phùng Mạc Tô Tạ Hứa Kiều
Văn Thị Hữu Đức Thành Tuấn Dũng Hùng Cường Quốc Việt Hải Sơn Bình Phúc Lộc Thọ Hương Hường Mộng Tuyết Nguyệt Quỳnh Thảo
Trâm Uyên Yến Thúy Thuý Hạnh Hồng Vân Ánh Mỹ Diễm Quyên Khuê Nghĩa Nghiêm Giáp Giàu Gìn Móng Cái
Hà Nội Sài Gòn Huế Đà Nẵng Phòng Cần Thơ Đồng Tháp Tiền Bến Vĩnh Trà Cà Bạc Liêu Sóc Trăng Hạ Lạng Quảng Ngãi Nghệ Tĩnh
Thừa Thiên Đắc Lâm Thuận Phước Biên Hòa Hoà Đống Mường Lò Tây Yên Bái Phú Điện Châu Lào
phở bún chả giò bánh mì cơm gạo nước mắm cà phê sữa đá chè đường trái xoài ổi mít bưởi dừa mướp cúm mông gái cười khóc
người trẻ tuổi bạn học viên trường lớp sách vở bút chữ tiếng nghiêng nghiệp khuyến mãi giảm giá rẻ đẹp xấu tốt
nghỉ ngơi ghế ghé kẹo kỳ quýt quạt quẹt khuỷu ngoằn ngoèo rượu hươu biết thuyết tuyệt khuếch oách chếch chích ếch yếu
`

func TestIsVietnamese(t *testing.T) {
	n := 0
	for token := range strings.FieldsSeq(vietnamese) {
		n++
		for _, form := range []string{token, norm.NFD.String(token), strings.ToUpper(token), strings.ToLower(token)} {
			if !isVietnamese(form) {
				t.Errorf("%s, as %+q, is not called Vietnamese", token, form)
			}
		}
	}
	t.Logf("%d words", n)
	for _, token := range strings.Fields(`
		fučk fúck fùck fucḱ śpàm spám spàm pörn pórn pòrn pỏrn sèx séx sẹx dìck cóck cúnt bítch bìtch slút whôre
		nazí càsino casinô viagrá ănal rapé hérôin nígger nìgga fág gôok chínk kýke dýke spíc cooń bòob pússy pẹnis
		cumˇ cûm cùút cúḿ cụ́m m̌ong moṋg ṁóng Móng-Cái MóngCái Đăk
		mong cum gay spam thanh an
		cât đap tìt cúch kúm cíng ngín gé ghá ngủh quón jà wà fà zá
		café résumé naïve señor façade über Zoë Łódź Dvořák Québec crème brûlée piñata`) {
		if isVietnamese(token) {
			t.Errorf("%s is called Vietnamese", token)
		}
	}
	for _, token := range []string{
		"", " ", "\u0301", "\u0301a", "a\u0301\u0300", "a\u0302\u0306", "b\u0302a", "\xff\xe1", "á\xff", "Mó ng", "á ac", "мóng",
		"móng\u200B", strings.Repeat("á", 100), "а́", "𝐦ó𝐧𝐠", "móng1", "d\u0335ong",
	} {
		if isVietnamese(token) {
			t.Errorf("%+q is called Vietnamese", token)
		}
	}
}

func TestVietnameseTablesHaveNoDoubles(t *testing.T) {
	for _, table := range []string{vietnameseOnsets, vietnameseRimes} {
		seen := map[string]bool{}
		for part := range strings.FieldsSeq(table) {
			if seen[part] {
				t.Errorf("%s is there twice", part)
			}
			seen[part] = true
		}
	}
	if n := len([]rune(vietnameseVowels)); n != 12*tones {
		t.Errorf("there are %d vowels with their tones, want %d", n, 12*tones)
	}
	if !norm.NFC.IsNormalString(vietnameseVowels + vietnameseOnsets + vietnameseRimes) {
		t.Error("a table is not in NFC")
	}
}
