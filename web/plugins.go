package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

// uploadPath takes plugins.
const uploadPath = "/plugins"

// maxUpload bounds the body of an upload. What is larger than a plugin is read and
// thrown away up to here: a browser shows no answer to what it could not send.
const maxUpload = 1 << 30

func (s *Server) listPlugins(c echo.Context) error {
	return s.renderPlugins(c, http.StatusOK, "")
}

func (s *Server) renderPlugins(c echo.Context, status int, notice string, faults ...string) error {
	all, err := s.svc.InstalledPlugins(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, status, view.PluginsPage(s.page(c), view.Plugins{All: all, Problems: faults, Notice: notice}))
}

// uploadPlugin takes one file and leads to what is in it.
func (s *Server) uploadPlugin(c echo.Context) error {
	file, err := uploadedFile(c.Request())
	if errors.Is(err, errNoFile) {
		return s.renderPlugins(c, http.StatusUnprocessableEntity, "", view.Texts(c.Request().Context()).UploadMissing)
	}
	var up Upload
	if err == nil {
		up, err = s.svc.UploadPlugin(c.Request().Context(), view.Plain(path.Base(file.FileName())), file)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, ErrInvalid):
		return s.renderPlugins(c, http.StatusUnprocessableEntity, "", problems(err)...)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s.renderPlugins(c, http.StatusUnprocessableEntity, "", view.Texts(c.Request().Context()).UploadBroken)
	case errors.As(err, &tooLarge), err != nil:
		return err
	}
	return seeOther(c, "/uploads/"+view.DigestHex(up.Digest))
}

var errNoFile = errors.New("no file was sent")

// uploadedFile is the file of a form, read as it arrives.
func uploadedFile(r *http.Request) (*multipart.Part, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, errNoFile
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errNoFile
		case err != nil:
			return nil, err
		case part.FormName() == "file" && part.FileName() != "":
			return part, nil
		}
	}
}

func (s *Server) showPlugin(c echo.Context) error { return s.renderPlugin(c, http.StatusOK) }

func (s *Server) renderPlugin(c echo.Context, status int, faults ...string) error {
	all, err := s.svc.InstalledPlugins(c.Request().Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p Plugin) bool { return p.Manifest.ID == c.Param("plugin") })
	if i < 0 {
		return ErrNotFound
	}
	return s.render(c, status, view.PluginPage(s.page(c), all[i], faults))
}

func (s *Server) removePlugin(c echo.Context) error {
	id := c.Param("plugin")
	err := s.svc.RemovePlugin(c.Request().Context(), id)
	if errors.Is(err, ErrConflict) {
		return s.renderPlugin(c, http.StatusConflict, problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("plugin removed", "plugin", id, "user", userOf(c))
	return seeOther(c, "/plugins")
}

func (s *Server) showUpload(c echo.Context) error {
	up, err := s.svc.UploadedPlugin(c.Request().Context(), "sha256:"+c.Param("upload"))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.UploadPage(s.page(c), up, nil))
}

// decideUpload installs or discards what was uploaded, as the pressed button says.
func (s *Server) decideUpload(c echo.Context) error {
	ctx, digest := c.Request().Context(), "sha256:"+c.Param("upload")
	if c.FormValue("do") != "install" {
		if err := s.svc.DiscardUpload(ctx, digest); err != nil {
			return err
		}
		return seeOther(c, "/plugins")
	}
	done, err := s.svc.InstallUpload(ctx, digest, c.FormValue("before"), c.FormValue("anyway") != "")
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict) {
		up, again := s.svc.UploadedPlugin(ctx, digest)
		if again != nil {
			return again
		}
		return s.render(c, http.StatusUnprocessableEntity, view.UploadPage(s.page(c), up, problems(err)))
	}
	if err != nil {
		return err
	}
	s.log.Info("plugin installed", "plugin", done.Manifest.ID, "digest", done.Digest, "user", userOf(c))
	return s.renderPlugins(c, http.StatusOK, view.Texts(c.Request().Context()).Installed(done.Manifest.ID))
}
